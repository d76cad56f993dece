from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """For the back office's list: the newest of one status, of any day."""

    atomic = False
    dependencies = [("orders", "0005_sales")]

    operations = [
        AddIndexConcurrently(
            model_name="order", index=models.Index("status", "created_at", name="order_by_status_and_time")
        ),
    ]
