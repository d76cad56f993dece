import django.db.models.deletion
import django.db.models.functions.datetime
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("requested", "requested"), ("succeeded", "succeeded"), ("failed", "failed")],
                        max_length=16,
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("restock", models.BooleanField(help_text="Whether its lines can be sold again.")),
                ("reason", models.CharField(blank=True, db_default="", default="", max_length=200)),
                ("actor_id", models.BigIntegerField(help_text="The customer or the member of staff who asked for it.")),
                ("fingerprint", models.CharField(help_text="Of the request behind its key.", max_length=64)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "recover_at",
                    models.DateTimeField(
                        blank=True, help_text="When the recovery looks at it again, while it is requested.", null=True
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RefundLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("product_id", models.BigIntegerField()),
                ("quantity", models.BigIntegerField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_status_is_legal",
        ),
        migrations.AddField(
            model_name="order",
            name="next_action",
            field=models.JSONField(blank=True, help_text="What the customer has to do before it is paid.", null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="payment_method",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="A provider's token; none: paid on invoice.",
                max_length=64,
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="recover_at",
            field=models.DateTimeField(
                blank=True, help_text="When the recovery looks at it again, while it is pending.", null=True
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="refunded",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="orderevent",
            name="data",
            field=models.JSONField(db_default={}, default=dict, help_text="What is not to be seen from its type."),
        ),
        migrations.AddField(
            model_name="orderline",
            name="refunded",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="order",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "pending"),
                    ("confirmed", "confirmed"),
                    ("cancelled", "cancelled"),
                    ("shipped", "shipped"),
                    ("delivered", "delivered"),
                    ("refunded", "refunded"),
                ],
                max_length=16,
            ),
        ),
        AddConstraintNotValid(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("refunded__gte", 0), ("refunded__lte", models.F("total"))),
                name="order_refunded_within_total",
            ),
        ),
        AddConstraintNotValid(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["pending", "confirmed", "cancelled", "shipped", "delivered", "refunded"])
                ),
                name="order_status_is_legal",
            ),
        ),
        AddConstraintNotValid(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("refunded__gte", 0), ("refunded__lte", models.F("quantity"))),
                name="order_line_refunded_within_quantity",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="refunds", to="orders.order"
            ),
        ),
        migrations.AddField(
            model_name="refundline",
            name="refund",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="orders.refund"
            ),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                models.F("created_at"), condition=models.Q(("state", "requested")), name="order_refund_requested_since"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="order_refund_never_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["requested", "succeeded", "failed"])),
                name="order_refund_state_is_legal",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundline",
            constraint=models.UniqueConstraint(
                models.F("refund"), models.F("product_id"), name="order_refund_line_once_per_product"
            ),
        ),
        migrations.AddConstraint(
            model_name="refundline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="order_refund_line_returns_something"
            ),
        ),
    ]
