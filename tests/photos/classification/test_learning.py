"""What corrections teach."""

import operator

import numpy as np
import pytest

from photos.classification.decision import Evidence, decide
from photos.classification.learning import Centroids, Match, Neighbours, count_words, max_differing_bits, signature
from photos.classification.thresholds import Thresholds

INVOICES = (
    "Invoice 2024-17. Amount due: 120 euros. Payable within thirty days by bank transfer.",
    "Invoice number 88, total amount 45 euros including tax, payable on receipt by transfer.",
)
RECIPES = (
    "Stir the flour into the butter, add milk and sugar, and bake the cake for an hour.",
    "Whisk eggs and sugar, fold in the flour, bake in a hot oven until the crust is golden.",
)
EXAMPLES = [*(("invoices", text) for text in INVOICES), *(("recipes", text) for text in RECIPES)]


def test_the_category_is_that_of_the_corrected_picture_that_is_most_alike():
    taught = Neighbours(["boats", "dogs"], np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float32))

    found = taught.nearest(np.array([[0.6, 0.8, 0], [0.9, 0.1, 0.42]], dtype=np.float32))

    assert [match.category for match in found] == ["dogs", "boats"]
    assert found[0].score == pytest.approx(0.8)


def test_without_a_corrected_picture_nothing_is_alike():
    taught = Neighbours([], np.zeros((0, 3), dtype=np.float32))

    assert taught.nearest(np.ones((2, 3), dtype=np.float32)) == [Match("", 0.0)] * 2


def test_a_document_belongs_to_the_documents_that_use_its_words():
    taught = Centroids.from_examples(EXAMPLES)

    invoice = taught.nearest("INVOICE 7: the amount of 19 euros is payable by transfer within ten days")
    recipe = taught.nearest("Take butter and flour, add sugar, bake for twenty minutes")
    other = taught.nearest("Seven astronauts circled a distant planet and returned")

    assert (invoice.category, recipe.category) == ("invoices", "recipes")
    assert min(invoice.score, recipe.score) > Thresholds().learnt_words > other.score


def test_documents_without_words_or_examples_belong_nowhere():
    assert Centroids.from_examples([]).nearest("some words") == Match("", 0.0)
    assert Centroids.from_examples(EXAMPLES).nearest("").score == 0
    assert Centroids.from_examples([("empty", "")]).nearest("some words").score == 0


def test_words_are_counted_whatever_their_case_and_script():
    assert count_words("Straße STRASSE no 42 счёт Счёт x1y") == {"strasse": 2, "счёт": 2}


@pytest.mark.parametrize(
    ("evidence", "category", "classifier"),
    [
        (Evidence("photo", {"dogs": 0.7, "cats": 0.2}), "dogs", "efficientnet-lite0"),
        (Evidence("photo", {"dogs": 0.4, "cats": 0.2}), "", "efficientnet-lite0"),
        (Evidence("graphic", {"dogs": 0.7}), "", "efficientnet-lite0"),
        (Evidence("photo", {}), "", "attributes"),
        (Evidence("photo", {"dogs": 0.9}, similar_picture=Match("Rex", 0.7)), "Rex", "learnt"),
        (Evidence("photo", {"dogs": 0.9}, similar_picture=Match("", 0.7)), "", "learnt"),
        (Evidence("photo", {"dogs": 0.9}, similar_picture=Match("Rex", 0.5)), "dogs", "efficientnet-lite0"),
        (Evidence("document", {}, Match("Rex", 0.7), Match("bills", 0.4)), "bills", "learnt"),
        (Evidence("document", {}, Match("Rex", 0.7), Match("bills", 0.2)), "Rex", "learnt"),
    ],
)
def test_what_people_taught_comes_first_and_then_the_network_where_it_is_sure(evidence, category, classifier):
    decision = decide(evidence, Thresholds(), "3 corrections")

    assert (decision.category, decision.classifier) == (category, classifier)


def test_signatures_of_vectors_differ_by_their_angle_and_are_the_same_for_ever():
    chance = np.random.default_rng(1)
    one = np.abs(chance.normal(size=1280)).astype(np.float32)
    for likeness, fewest, most in ((0.99, 0, 25), (0.85, 25, max_differing_bits(0.85)), (0.0, 100, 156)):
        other = chance.normal(size=1280).astype(np.float32)
        other -= one * (other @ one) / (one @ one)
        other *= np.linalg.norm(one) / np.linalg.norm(other)
        turned = likeness * one + (1 - likeness**2) ** 0.5 * other
        signs = (int.from_bytes(signature(vector)) for vector in (one, turned))
        assert fewest <= operator.xor(*signs).bit_count() <= most
    assert max_differing_bits(0.85) == 65
    known = "2cd73c10d27611bcbe83ed72cb5eefdbc58f727c00fba8c49c963a779efc267c"
    assert signature(np.ones(4, dtype=np.float32)).hex() == known
