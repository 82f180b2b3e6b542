from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("photos", "0014_carry_marks"),
    ]

    operations = [
        migrations.RemoveField(model_name="classification", name="embedding"),
        migrations.RemoveField(model_name="classification", name="signature"),
        migrations.RemoveField(model_name="classification", name="dhash"),
    ]
