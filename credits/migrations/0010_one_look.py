from pathlib import Path

from django.db import migrations
from django.db.migrations.operations.base import Operation

SQL = Path(__file__).parent.parent / "sql" / "0010_one_look.sql"
# Held by triggers from here on, under the same names.
PROMISES = {
    "ledgeraccount": (
        "account_kind_is_known",
        "a_debt_belongs_to_a_wallet",
        "only_a_wallet_is_merged_and_into_another",
    ),
    "ledgertransaction": (
        "transaction_kind_is_known",
        "only_a_refund_refunds",
        "transaction_has_a_key_and_a_reason",
    ),
    "ledgerentry": ("entry_moves_something",),
    "creditlot": ("lot_kind_is_known", "lot_grants_something", "paid_credits_never_expire"),
    "lotmovement": ("movement_moves_something", "movement_leaves_no_lot_below_zero"),
}
NO_CHECKS: list[Operation] = [
    migrations.RemoveConstraint(model, name) for model, names in PROMISES.items() for name in names
]


class Migration(migrations.Migration):
    dependencies = [("credits", "0009_lighter_rows")]

    operations = [migrations.RunSQL(SQL.read_text(), state_operations=NO_CHECKS)]
