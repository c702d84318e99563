from django.urls import path

from . import buying, club, gifts, orders, receipts, withdrawal

urlpatterns = [
    path("credits/buy/", buying.BuyCreditsView.as_view(), name="buy_credits"),
    path("credits/gift/", gifts.GiveCreditsView.as_view(), name="give_credits"),
    path("credits/orders/", orders.OrdersView.as_view(), name="orders"),
    path("credits/orders/<uuid:key>/", orders.OrderView.as_view(), name="order"),
    path("credits/orders/<uuid:key>/go-on/", orders.GoOnView.as_view(), name="order_go_on"),
    path(
        "credits/orders/<uuid:key>/withdraw/", withdrawal.OrderWithdrawalView.as_view(), name="withdraw_order"
    ),
    path("account/receipts/", receipts.ReceiptsView.as_view(), name="receipts"),
    path("account/receipts/<slug:number>/", receipts.ReceiptView.as_view(), name="receipt"),
    path("account/receipts/<slug:number>.pdf", receipts.ReceiptPdfView.as_view(), name="receipt_pdf"),
    path("account/withdraw/", withdrawal.ContractsView.as_view(), name="withdraw"),
    path("club/", club.ClubView.as_view(), name="club"),
    path("club/cancel/", club.CancelView.as_view(), name="cancel_club"),
    path("club/resume/", club.ResumeView.as_view(), name="resume_club"),
    path("club/portal/", club.PortalView.as_view(), name="club_portal"),
    path("club/withdraw/<int:pk>/", withdrawal.ClubWithdrawalView.as_view(), name="withdraw_club"),
    path("gift/<slug:token>/", gifts.GiftView.as_view(), name="gift"),
]
