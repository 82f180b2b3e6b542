import numpy as np
from django.db import migrations

AT_ONCE = 500  # photos
SEED, BITS = 2026, 256  # as in photos/classification/learning.py


def carry_over(apps, schema_editor):
    """Copy what photos are compared by, piece by piece: a large library takes a minute, and can be begun anew."""
    classification, fingerprint, embedding = (
        apps.get_model("photos", name) for name in ("Classification", "Fingerprint", "Embedding")
    )
    rows = classification.objects.order_by("pk").values_list("pk", "dhash", "embedding")
    last = 0
    while piece := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        signs = signatures([(key, numbers) for key, _, numbers in piece if numbers])
        fingerprint.objects.bulk_create(
            (
                fingerprint(photo_id=key, dhash=None if dhash is None else hash_of(dhash), signature=signs.get(key))
                for key, dhash, _ in piece
            ),
            ignore_conflicts=True,
        )
        embedding.objects.bulk_create(
            (embedding(photo_id=key, numbers=numbers) for key, _, numbers in piece if numbers), ignore_conflicts=True
        )
        last = piece[-1][0]


def hash_of(signed):
    """64 bits as bytes; they were a signed number."""
    return signed.to_bytes(8, signed=True)


def signatures(known):
    """Photo → on which side of each plane its embedding lies."""
    if not known:
        return {}
    vectors = np.stack([np.frombuffer(numbers, dtype=np.float16).astype(np.float32) for _, numbers in known])
    planes = np.random.RandomState(SEED).standard_normal((vectors.shape[1], BITS)).astype(np.float32)
    sides = np.packbits(vectors @ planes > 0, axis=1)
    return {key: side.tobytes() for (key, _), side in zip(known, sides, strict=True)}


class Migration(migrations.Migration):
    atomic = False  # each piece for itself

    dependencies = [
        ("photos", "0013_marks"),
    ]

    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
