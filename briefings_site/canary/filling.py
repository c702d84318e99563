"""Fills blocks by their definitions: a block type that comes later is planted without a change here,
and one that cannot be planted stops the planting, so that the sweep is never silently blind to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import singledispatchmethod
from io import BytesIO
from typing import Any

from wagtail import blocks
from wagtail.models import Page

from insights.file_blocks import DocumentBlock, PictureBlock
from insights.files.content import document_of
from insights.files.pictures import redraw
from insights.files.storing import Filed, add_attachment, add_exhibit

from .pictures import picture_of

# Roles stand on the sign, before everybody: docs/gate.md, "What the teaser may say".
ON_THE_SIGN = ("audience", "owner")
ADDRESS = "https://example.org/"


class CannotPlant(Exception):
    """A kind of block that nobody has taught the planter to fill."""


@dataclass(frozen=True)
class Filler:
    """Makes the stored form of a block's value. ``word`` gives a fresh canary for a path of names."""

    word: Callable[..., str]
    desk: Page

    def section(self, definition: blocks.StreamBlock) -> list[dict[str, Any]]:
        return list(self._stream(definition, ()))

    def value(self, block: blocks.Block, path: tuple[str, ...]) -> Any:
        if path[-1] in ON_THE_SIGN:
            return "Studios"
        return self._value(block, path)

    @singledispatchmethod
    def _value(self, block: blocks.Block, path: tuple[str, ...]) -> Any:
        raise CannotPlant(f"{type(block).__name__} in {'.'.join(path)}: teach briefings_site.canary.filling")

    @_value.register
    def _struct(self, block: blocks.StructBlock, path: tuple[str, ...]) -> Any:
        return {name: self.value(child, (*path, name)) for name, child in block.child_blocks.items()}

    @_value.register
    def _a_stream(self, block: blocks.StreamBlock, path: tuple[str, ...]) -> Any:
        return list(self._stream(block, path))

    @_value.register
    def _list(self, block: blocks.ListBlock, path: tuple[str, ...]) -> Any:
        return [{"type": "item", "value": self.value(block.child_block, (*path, number))} for number in "01"]

    @_value.register
    def _char(self, block: blocks.CharBlock, path: tuple[str, ...]) -> Any:
        return self.word(*path)

    _value.register(blocks.TextBlock, lambda self, block, path: self.word(*path))
    _value.register(blocks.BlockQuoteBlock, lambda self, block, path: self.word(*path))
    _value.register(blocks.RichTextBlock, lambda self, block, path: f"<p>{self.word(*path)}</p>")
    _value.register(blocks.RawHTMLBlock, lambda self, block, path: f"<p>{self.word(*path)}</p>")
    _value.register(blocks.URLBlock, lambda self, block, path: ADDRESS + self.word(*path))
    _value.register(blocks.EmailBlock, lambda self, block, path: f"{self.word(*path)}@example.org")
    _value.register(blocks.ChoiceBlock, lambda self, block, path: choices(block)[0])
    _value.register(blocks.MultipleChoiceBlock, lambda self, block, path: choices(block)[:1])
    _value.register(blocks.BooleanBlock, lambda self, block, path: True)
    _value.register(blocks.IntegerBlock, lambda self, block, path: 7)
    _value.register(blocks.FloatBlock, lambda self, block, path: 7.0)
    _value.register(blocks.DecimalBlock, lambda self, block, path: "7")
    _value.register(blocks.DateBlock, lambda self, block, path: "2026-01-01")
    _value.register(blocks.StaticBlock, lambda self, block, path: None)

    @_value.register(PictureBlock)
    def _exhibit(self, block: blocks.ChooserBlock, path: tuple[str, ...]) -> Any:
        drawn = redraw(BytesIO(picture_of(self.word(*path))))
        return add_exhibit(drawn, filed=self._filed).pk

    @_value.register(DocumentBlock)
    def _attachment(self, block: blocks.ChooserBlock, path: tuple[str, ...]) -> Any:
        name, file = f"{self.word(*path, 'name')}.csv", BytesIO(f"Figure\n{self.word(*path)}\n".encode())
        return add_attachment(file, content=document_of(file, name=name), name=name, filed=self._filed).pk

    @property
    def _filed(self) -> Filed:
        return Filed(title="Planted", desk=self.desk)

    def _stream(self, block: blocks.StreamBlock, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        for name, child in block.child_blocks.items():
            yield {"type": name, "value": self.value(child, (*path, name))}


def choices(block: blocks.FieldBlock) -> list[Any]:
    return [value for value, _ in block.field.choices if value]
