from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("photos", "0011_defaults"),
    ]

    operations = [
        migrations.AddField(
            model_name="photo",
            name="taken_there",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="storedfile",
            name="taken_there",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
