"""Below ``/admin/ledger/``, in the namespace ``ledger``."""

from django.urls import path

from . import acts, books, postings, transactions, wallets

app_name = "ledger"
urlpatterns = [
    path("", transactions.TransactionsView.as_view(), name="transactions"),
    path("results/", transactions.TransactionsView.as_view(results_only=True), name="transactions_results"),
    path("transactions/<int:pk>/", transactions.TransactionView.as_view(), name="transaction"),
    path("transactions/<int:pk>/reverse/", acts.ReverseView.as_view(), name="reverse"),
    path("wallets/<int:pk>/", wallets.WalletView.as_view(), name="wallet"),
    path("trial-balance/", books.TrialBalanceView.as_view(), name="trial_balance"),
    path("liability/", books.LiabilityView.as_view(), name="liability"),
    path("grant/", acts.GrantView.as_view(), name="grant"),
    path("staff/", postings.PostingsView.as_view(), name="postings"),
    path("staff/results/", postings.PostingsView.as_view(results_only=True), name="postings_results"),
    path("staff/<int:pk>/", postings.PostingView.as_view(), name="posting"),
    path("staff/<int:pk>/approve/", acts.ApproveView.as_view(), name="approve"),
    path("staff/<int:pk>/decline/", acts.DeclineView.as_view(), name="decline"),
    path("staff/<int:pk>/history/", postings.PostingHistoryView.as_view(), name="posting_history"),
    path(
        "staff/<int:pk>/history/results/",
        postings.PostingHistoryView.as_view(results_only=True),
        name="posting_history_results",
    ),
]
