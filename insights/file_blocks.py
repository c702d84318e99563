"""The part of an exhibit or attachment that points at its private file."""

from wagtail.admin.widgets import BaseChooser
from wagtail.blocks import ChooserBlock

MODEL = "insights.PrivateFile"


class PictureButton(BaseChooser):
    model = MODEL
    chooser_modal_url_name = "exhibit_chooser:choose"
    icon = "image"
    choose_one_text = "Choose or upload a picture"
    choose_another_text = "Another picture"
    link_to_chosen_text = "What the newsroom calls it"


class DocumentButton(BaseChooser):
    model = MODEL
    chooser_modal_url_name = "attachment_chooser:choose"
    icon = "doc-full"
    choose_one_text = "Choose or upload a document"
    choose_another_text = "Another document"
    link_to_chosen_text = "What the newsroom calls it"


class PictureBlock(ChooserBlock):
    target_model = MODEL
    widget = PictureButton()


class DocumentBlock(ChooserBlock):
    target_model = MODEL
    widget = DocumentButton()
