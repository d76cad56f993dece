from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built while e-mails are sent, which no transaction can do. The new one serves the queue as the old one did."""

    atomic = False
    dependencies = [("users", "0004_second_factor")]

    operations = [
        AddIndexConcurrently(
            model_name="notification",
            index=models.Index(models.F("order_id"), models.F("id"), name="notification_by_order"),
        ),
        AddIndexConcurrently(
            model_name="notification",
            index=models.Index(models.F("id"), name="notification_given_up", condition=models.Q(status="given_up")),
        ),
        RemoveIndexConcurrently(model_name="notification", name="notification_of_order"),
    ]
