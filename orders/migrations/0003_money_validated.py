from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Looks at every row there is, under a lock that lets orders go on."""

    dependencies = [("orders", "0002_money")]

    operations = [
        ValidateConstraint(model_name="order", name="order_status_is_legal"),
        ValidateConstraint(model_name="order", name="order_refunded_within_total"),
        ValidateConstraint(model_name="orderline", name="order_line_refunded_within_quantity"),
    ]
