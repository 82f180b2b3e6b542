"""The network and its weights, which come with the extra `tags`."""

import io
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from photos.classification import tags, weights
from photos.classification.features import Features
from photos.classification.groups import GROUPS, membership_matrix
from photos.classification.network import FEATURE_COUNT, Layer, pad_same
from tests.photos.classification.pictures import LINES, blurred, landscape, looked_at, page

pytest.importorskip(weights.PACKAGE, reason="the extra `tags` is not installed")


@pytest.fixture(scope="module")
def net():
    return tags.network()


def test_the_network_knows_mountains_and_print_when_it_sees_them(tmp_path, net):
    mountains = tags.compute_tags(looked_at(landscape(tmp_path / "a.jpg", 2)), net)
    text = tags.compute_tags(looked_at(page(tmp_path / "b.png", LINES * 3)), net)

    assert (mountains.best, text.best) == ("mountains", "print")
    assert mountains.scores["mountains"] > 0.5


def test_noise_and_flat_pictures_are_claimed_by_nothing(tmp_path, net):
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3)).astype(np.uint8)
    for pixels in (noise, np.full((300, 400, 3), 120, dtype=np.uint8)):
        found = tags.compute_tags(Features(pixels, 400, 300, "png", ""), net)
        assert found.scores[found.best] < 0.5


def test_the_same_picture_has_nearly_the_same_embedding_and_another_picture_another(tmp_path, net):
    first = landscape(tmp_path / "a.jpg", 1)

    def vector(path):
        embedding = tags.compute_tags(looked_at(path), net).embedding
        assert (embedding.shape, embedding.dtype) == ((FEATURE_COUNT,), np.float16)
        return embedding / np.linalg.norm(embedding.astype(np.float32))

    one, soft, other = (vector(path) for path in (
        first, blurred(tmp_path / "b.png", first, 2), landscape(tmp_path / "c.jpg", 4),
    ))  # fmt: skip
    assert one @ soft > 0.85 > one @ other


def test_each_class_belongs_to_at_most_one_group_and_each_group_has_some():
    table = membership_matrix()

    assert table.shape == (1000, 24)
    assert table.sum(axis=1).max() == 1
    assert table.sum(axis=0).min() >= 4
    assert list(GROUPS)[int(table[207].argmax())] == "dogs"  # golden retriever


def test_convolutions_agree_with_their_definition():
    chance = np.random.default_rng(1)
    x = chance.normal(size=(2, 7, 6, 3)).astype(np.float32)
    weight = chance.normal(size=(3, 3, 3)).astype(np.float32)

    for stride in (1, 2):
        found = Layer(weight, np.ones(3, dtype=np.float32)).depthwise(x, stride)
        padded = pad_same(x, 3, stride)
        for view, row, column, channel in np.ndindex(*found.shape):
            window = padded[view, row * stride : row * stride + 3, column * stride : column * stride + 3, channel]
            assert found[view, row, column, channel] == pytest.approx(
                1 + (window * weight[..., channel]).sum(), abs=1e-4
            )


def test_padding_puts_the_odd_pixel_at_the_bottom_and_on_the_right():
    padded = pad_same(np.ones((1, 4, 4, 1), dtype=np.float32), 3, 2)

    assert padded.shape == (1, 5, 5, 1)
    assert padded[0, 0, 0, 0] == 1
    assert padded[0, 4, 4, 0] == 0


def test_weights_with_other_bytes_are_not_even_looked_into(tmp_path):
    path = tmp_path / "weights.pth"
    data = bytearray(weights.installed_path().read_bytes())
    data[5_000_000] ^= 1
    path.write_bytes(data)

    with pytest.raises(weights.InvalidWeights, match="SHA-256"):
        weights.load(path)


def stored(*parts) -> io.BytesIO:
    return io.BytesIO(b"".join(pickle.dumps(part, protocol=2) for part in parts))


class Evil:
    def __reduce__(self):
        return (print, ("this must not run",))


@pytest.mark.parametrize("evil", [Evil(), {"key": Evil()}, OrderedDict(key=Evil())])
def test_a_file_of_weights_can_make_nothing_but_numbers(evil, capsys):
    for file in (stored(evil), stored(weights.TORCH_MAGIC, weights.TORCH_FORMAT_VERSION, {}, evil)):
        with pytest.raises(weights.InvalidWeights, match="asks for"):
            weights.read_tensors(file)
    assert capsys.readouterr().out == ""


def test_a_file_of_another_format_is_refused():
    with pytest.raises(weights.InvalidWeights, match="format"):
        weights.read_tensors(stored(1, 2))


def test_a_tensor_cannot_reach_past_its_storage():
    for shape, strides in (((3, 3), (3, 1)), ((2,), (9,)), ((2,), (-1,))):
        with pytest.raises(weights.InvalidWeights):
            weights.Tensor("key", 0, shape, strides).view(np.zeros(8, dtype=np.float32))
