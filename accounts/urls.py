"""Stands before Wagtail's and allauth's addresses: the doors here take their place under the same names."""

from django.urls import include, path
from django.views.generic import RedirectView

from . import doors, views
from .billing import webhooks
from .desk.password import SetPasswordView
from .statements import views as statements

urlpatterns = [
    path("accounts/signup/", doors.SignupView.as_view(), name="account_signup"),
    path("accounts/login/", doors.LoginView.as_view(), name="account_login"),
    path("accounts/login/code/", doors.RequestCodeView.as_view(), name="account_request_login_code"),
    path("accounts/login/code/confirm/", doors.CodeView.as_view(), name="account_confirm_login_code"),
    path("accounts/logout/", doors.LogoutView.as_view(), name="account_logout"),
    path("accounts/password/set/", SetPasswordView.as_view(), name="account_set_password"),
    path("accounts/inactive/", views.InactiveView.as_view(), name="account_inactive"),
    path("accounts/signed-out/", views.SignedOutView.as_view(), name="signed_out"),
    # Wagtail's own doors have no limit on guesses.
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("admin/logout/", doors.LogoutView.as_view()),
    path("_util/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("account/", views.ProfileView.as_view(), name="profile"),
    path("account/delete/", views.CloseAccountView.as_view(), name="close_account"),
    path("credits/", statements.WalletView.as_view(), name="wallet"),
    path("credits/statement.csv", statements.CsvView.as_view(), name="statement_csv"),
    path("credits/statement.pdf", statements.PdfView.as_view(), name="statement_pdf"),
    path("stripe/webhook/", webhooks.receive, name="stripe_webhook"),
    path("", include("accounts.billing.pages.urls")),
]
