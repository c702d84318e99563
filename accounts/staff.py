"""What staff see of readers in Wagtail's admin: people, tiers, and memberships that they give."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.admin.ui.tables import DateColumn
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.admin.widgets import AdminDateTimeInput
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.users import forms as wagtail_forms
from wagtail.users.views.users import DeleteView
from wagtail.users.views.users import UserViewSet as WagtailUserViewSet

from .addresses import owner_of
from .billing.desk.packs import SYNC, PackViewSet
from .closing import close_account
from .models import Membership, Tier


class NamesOptional:
    """Wagtail asks every user for two names. Readers give an address; staff may add names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name"):
            self.fields[name].required = False  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()  # type: ignore[attr-defined]
        owner = owner_of(email)
        if owner is not None and owner != self.instance:  # type: ignore[attr-defined]
            raise ValidationError("Someone has this address already.")
        return email


class UserCreationForm(NamesOptional, wagtail_forms.UserCreationForm):
    pass


class UserEditForm(NamesOptional, wagtail_forms.UserEditForm):
    pass


class CloseUserView(DeleteView):
    page_title = "Close account"

    def get_usage_url(self) -> None:
        """The row stays, so it does not matter what refers to it."""

    def delete_action(self) -> None:
        self.address = self.object.email
        close_account(self.object)

    def get_success_message(self) -> str:
        return f"The account of {self.address} is closed."


class UserViewSet(WagtailUserViewSet):
    delete_view_class = CloseUserView
    delete_template_name = "accounts/staff/close_account.html"

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        return UserEditForm if for_update else UserCreationForm


class MembershipForm(WagtailAdminModelForm):
    """A reader is named by address: a list of all readers would be long, and anyone's to read."""

    email = forms.EmailField(label="Reader's email address")

    class Meta:
        model = Membership
        fields = ["tier", "starts_at", "ends_at", "note"]
        widgets = {"starts_at": AdminDateTimeInput, "ends_at": AdminDateTimeInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["email"].initial = self.instance.reader.email
            for name in ("email", "tier"):
                self.fields[name].disabled = True

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        reader = self.instance.reader if self.instance.pk else owner_of(email)
        if reader is None:
            raise ValidationError("No reader has this address. They need to sign up first.")
        self.instance.reader = reader
        return email

    def _get_validation_exclusions(self) -> set[str]:
        """The reader is not a field of the form, but counts for what one reader may hold."""
        excluded: set[str] = super()._get_validation_exclusions()
        return excluded - {"reader", "source"} if self.instance.reader_id else excluded

    def save(self, commit: bool = True) -> Membership:
        if not self.instance.pk:
            self.instance.source = Membership.Source.COMP
            self.instance.granted_by = self.for_user
        membership: Membership = super().save(commit)
        return membership


class TierViewSet(ModelViewSet):
    model = Tier
    icon = "group"
    add_to_admin_menu = False
    menu_label = "Tiers"
    copy_view_enabled = False
    list_display = ["name", "order", "visible", "opens_everything"]
    panels = [
        FieldPanel("name"),
        FieldPanel("slug"),
        FieldPanel("perks"),
        FieldPanel("opens_everything"),
        MultiFieldPanel(
            [FieldPanel("price_monthly"), FieldPanel("price_yearly"), FieldPanel("currency")],
            heading="Price",
            help_text=SYNC,
        ),
        MultiFieldPanel(
            [FieldPanel("allowance"), FieldPanel("allowance_days"), FieldPanel("trial_days")],
            heading="What members get besides",
        ),
        FieldPanel("visible"),
        FieldPanel("order"),
    ]


class EndedNotDeleted(ModelPermissionPolicy):
    def user_has_permission(self, user: Any, action: str) -> bool:
        return action != "delete" and bool(super().user_has_permission(user, action))


class MembershipViewSet(ModelViewSet):
    model = Membership
    icon = "key"
    menu_label = "Memberships"
    index_template_name = "accounts/staff/index.html"
    index_results_template_name = "accounts/staff/index_results.html"
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_fields = [
        "reader",
        "tier",
        "source",
        "starts_at",
        "ends_at",
        "granted_by",
        "note",
        "created_at",
    ]
    list_display = [
        "reader",
        "tier",
        "source",
        DateColumn("starts_at", label="Starts"),
        DateColumn("ends_at", label="Ends"),
        "granted_by",
    ]
    list_filter = ["tier", "source"]
    search_fields = ["reader__email", "note"]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        return MembershipForm


class ReadersGroup(ModelViewSetGroup):
    menu_label = "Readers"
    menu_icon = "group"
    items = (MembershipViewSet("memberships"), TierViewSet("tiers"), PackViewSet("packs"))
