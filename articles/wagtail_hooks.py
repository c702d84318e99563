from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks


@hooks.register("insert_editor_js")
def show_the_reader_chosen() -> str:
    return format_html('<script type="module" src="{}"></script>', static("js/preview.js"))
