from typing import Any

from django import forms
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.models import Page

from insights.models import PrivateFile

from .content import DOCUMENTS, check_size, document_of
from .desks import desks_of
from .pictures import redraw
from .storing import Filed, add_attachment, add_exhibit


class FiledForm(WagtailAdminModelForm):
    """Title and desk: all that can be changed of a file once it is here."""

    desk = forms.ModelChoiceField(
        Page.objects.none(), empty_label=None, help_text="Whoever writes for this desk can use the file."
    )

    class Meta:
        model = PrivateFile
        fields = ["title", "desk"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["desk"].queryset = desks_of(self.for_user)


class UploadForm(FiledForm):
    """What the bytes are is found out while the form is checked; they are kept when all of it is right."""

    upload = forms.FileField(label="File")
    field_order = ["upload", "title", "desk"]

    def clean_upload(self) -> Any:
        upload = self.cleaned_data["upload"]
        check_size(upload.size)
        self.recognise(upload)
        return upload

    def recognise(self, upload: Any) -> None:
        """Raises ``ValidationError``."""
        raise NotImplementedError

    @property
    def filed(self) -> Filed:
        return Filed(title=self.cleaned_data["title"], desk=self.cleaned_data["desk"], by=self.for_user)


class ExhibitForm(UploadForm):
    upload = forms.FileField(
        label="Picture",
        help_text="PNG, JPEG, WebP, AVIF or GIF, up to 15 MB. It is drawn anew: nothing it says of camera, "
        "place or author is kept.",
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )

    def recognise(self, upload: Any) -> None:
        self.drawn = redraw(upload)

    def save(self, commit: bool = True) -> PrivateFile:
        return add_exhibit(self.drawn, filed=self.filed)


class AttachmentForm(UploadForm):
    upload = forms.FileField(label="Document", help_text=f"{DOCUMENTS}, up to 15 MB.")

    def recognise(self, upload: Any) -> None:
        self.content = document_of(upload, name=upload.name)

    def save(self, commit: bool = True) -> PrivateFile:
        upload = self.cleaned_data["upload"]
        return add_attachment(upload, content=self.content, name=upload.name, filed=self.filed)
