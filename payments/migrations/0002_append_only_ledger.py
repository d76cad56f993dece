from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION payments_simulated_ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'the ledger of the simulated provider is append-only' USING ERRCODE = 'restrict_violation';
            END $$;
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_simulatedentry
                FOR EACH ROW EXECUTE FUNCTION payments_simulated_ledger_is_append_only();
            """,
            """
            DROP TRIGGER append_only ON payments_simulatedentry;
            DROP FUNCTION payments_simulated_ledger_is_append_only();
            """,
        )
    ]
