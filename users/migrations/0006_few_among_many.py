from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """For the back office's filters: whoever they ask for, nobody looks through all customers. Built while they log in."""

    atomic = False
    dependencies = [("users", "0005_notification_by_order")]

    operations = [
        AddIndexConcurrently(
            model_name="user", index=models.Index("id", name="user_staff", condition=models.Q(is_staff=True))
        ),
        AddIndexConcurrently(
            model_name="user", index=models.Index("id", name="user_superuser", condition=models.Q(is_superuser=True))
        ),
        AddIndexConcurrently(
            model_name="user", index=models.Index("id", name="user_closed", condition=models.Q(is_active=False))
        ),
    ]
