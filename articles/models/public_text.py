from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class PublicText(models.Model):
    """The words of one published briefing that everyone may read, ready to be searched.

    ``story`` is the standfirst and the story, for snippets.
    ``document`` is stemmed and weighted; ``words`` is not stemmed.
    ``date`` is that of its listing, and nothing while it has none: triggers write it, and nothing else does.
    """

    page = models.OneToOneField("articles.BriefingPage", on_delete=models.CASCADE, related_name="public_text")
    story = models.TextField()
    document = SearchVectorField()
    words = SearchVectorField()
    date = models.DateField(null=True, editable=False)

    class Meta:
        # Words are in it at once: with some waiting beside it, it looks dear, and all texts are read instead.
        indexes = [GinIndex(fields=["document"], name="public_text_document", fastupdate=False)]

    def __str__(self) -> str:
        return self.page.title


class Gist(models.Model):
    """What a text is about: the words of its title, standfirst and tags, and those that its story says most
    often. A trigger on the text's table writes it: nothing else does.

    ``gist`` is stemmed and weighted, and says how well a search is met; ``spelt`` is what a misspelling is
    mended from.
    """

    text = models.OneToOneField(PublicText, on_delete=models.DO_NOTHING, primary_key=True)
    gist = SearchVectorField()
    spelt = SearchVectorField()

    def __str__(self) -> str:
        return str(self.text)
