import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PHOTO = {"on_delete": django.db.models.deletion.CASCADE, "primary_key": True, "serialize": False, "to": "photos.photo"}


class Migration(migrations.Migration):
    dependencies = [
        ("photos", "0012_taken_there"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Embedding",
            fields=[
                ("photo", models.OneToOneField(related_name="embedding", **PHOTO)),
                ("numbers", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Fingerprint",
            fields=[
                ("photo", models.OneToOneField(related_name="fingerprint", **PHOTO)),
                ("dhash", models.BinaryField(null=True)),
                ("signature", models.BinaryField(null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(fields=["owner", "kind", "id"], name="photo_by_kind"),
        ),
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(
                condition=models.Q(("corrected_at__isnull", False)),
                fields=["owner", "corrected_at"],
                name="photo_corrected",
            ),
        ),
    ]
