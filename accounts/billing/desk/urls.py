"""Below ``/admin/billing/``, in the namespace ``billing_desk``."""

from django.urls import URLPattern, path

from . import acts, details, listings

app_name = "billing_desk"


def listing(name: str, view: type[listings.BillingList]) -> list[URLPattern]:
    return [
        path(f"{name}/", view.as_view(), name=name),
        path(f"{name}/results/", view.as_view(results_only=True), name=f"{name}_results"),
    ]


urlpatterns = [
    *listing("orders", listings.OrdersView),
    *listing("events", listings.EventsView),
    *listing("receipts", listings.ReceiptsView),
    *listing("disputes", listings.DisputesView),
    *listing("subscriptions", listings.SubscriptionsView),
    *listing("reconciliations", listings.ReconciliationsView),
    path("orders/<int:pk>/", details.OrderView.as_view(), name="order"),
    path("orders/<int:pk>/look-again/", acts.LookAgainView.as_view(), name="look_again"),
    path("orders/<int:pk>/set-aside/", acts.SetOrderAsideView.as_view(), name="set_order_aside"),
    path("events/<int:pk>/", details.EventView.as_view(), name="event"),
    path("events/<int:pk>/replay/", acts.ReplayView.as_view(), name="replay"),
    path("events/<int:pk>/set-aside/", acts.SetAsideView.as_view(), name="set_aside"),
    path("events/replay-parked/", acts.ReplayParkedView.as_view(), name="replay_parked"),
    path("reconciliations/<int:pk>/", details.ReconciliationView.as_view(), name="reconciliation"),
]
