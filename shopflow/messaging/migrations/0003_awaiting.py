import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0002_failures"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxevent",
            name="awaiting",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64),
                blank=True,
                help_text="Over a broker: the contexts that have not applied it yet.",
                null=True,
                size=None,
            ),
        ),
    ]
