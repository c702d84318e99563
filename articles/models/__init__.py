from .briefing import BriefingPage, BriefingSource, BriefingTag, Byline, Correction
from .home import HomePage
from .listed import ListedBriefing
from .people import Author
from .picture import Picture, Rendition
from .plain import PlainPage
from .public_text import Gist, PublicText
from .section import SectionPage

__all__ = [
    "Author",
    "BriefingPage",
    "BriefingSource",
    "BriefingTag",
    "Byline",
    "Correction",
    "Gist",
    "HomePage",
    "ListedBriefing",
    "Picture",
    "PlainPage",
    "PublicText",
    "Rendition",
    "SectionPage",
]
