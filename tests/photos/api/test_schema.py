"""The OpenAPI description of photos, recipes and previews: it comes from the serializers that answer."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from photos.models import Classification, Photo
from photos.models.filters import CONDITIONS
from tests.photos.api.test_recipes import save
from tests.photos.conftest import send
from tests.photos.pictures import jpeg

Add = Callable[..., Photo]


@pytest.fixture
def schema(client: Client, db: None) -> Any:
    """The description as JSON."""
    return client.get("/api/schema?format=json").json()


def keys_of(schema: Any, component: str) -> list[str]:
    """The keys of an object in the description, in order."""
    return list(schema["components"]["schemas"][component]["properties"])


def test_answers_have_the_keys_of_the_description_in_its_order(as_ana: Client, add: Add, schema: Any) -> None:
    photo = add()
    Classification.objects.create(photo=photo, classifier="test", version="1")
    address = f"/api/photos/{photo.uuid}"

    answers = {
        "Photo": as_ana.get(address).json(),
        "PhotoPage": as_ana.get("/api/photos").json(),
        "Classification": as_ana.get(f"{address}/classification").json(),
        "NearDuplicates": as_ana.get(f"{address}/similar").json(),
        "Changed": as_ana.patch("/api/photos", {"photos": "all", "category": "x"}, "application/json").json(),
        "Recipe": save(as_ana),
        "RecipePage": as_ana.get("/api/recipes").json(),
        "Operations": as_ana.get("/api/operations").json(),
        "Operation": as_ana.get("/api/operations").json()["operations"][0],
    }

    assert {name: list(answer) for name, answer in answers.items()} == {name: keys_of(schema, name) for name in answers}


def test_an_upload_leaves_out_optional_keys_without_a_value(as_ana: Client, schema: Any) -> None:
    accepted, rejected = (send(as_ana, ("files", content, "a.jpg")).json() for content in (jpeg(), b"hello"))

    assert keys_of(schema, "Uploaded") == ["photos", "rejected", "error", "import"]
    assert (list(accepted), list(rejected)) == (["photos", "rejected"], ["photos", "rejected", "error"])
    assert keys_of(schema, "Rejected") == ["name", "error", "index", "again"]
    assert list(rejected["rejected"][0]) == ["name", "error", "index"]


def test_a_list_takes_the_keys_of_the_filter_and_those_of_its_pages(schema: Any) -> None:
    parameters = {parameter["name"] for parameter in schema["paths"]["/api/photos"]["get"]["parameters"]}

    assert parameters == {*CONDITIONS, "cursor", "limit"}


def test_bodies_have_the_keys_that_are_read(schema: Any) -> None:
    assert keys_of(schema, "Upload") == ["files", "paths", "set"]
    assert keys_of(schema, "Preview") == ["photo", "steps", "page", "formats"]
    assert keys_of(schema, "PatchedCategory") == ["category"]
    assert set(keys_of(schema, "PatchedCategoryForSeveral")) == {"category", "photos", "filter"}
    required = {name: schema["components"]["schemas"][name].get("required") for name in ("Upload", "Preview", "Step")}
    assert required == {"Upload": ["files"], "Preview": ["photo"], "Step": ["operation"]}


@pytest.mark.parametrize("address", ["/api/photos", "/api/recipes", "/api/preview", "/api/jobs"])
def test_options_leave_the_bodies_to_the_description(as_ana: Client, address: str) -> None:
    response = as_ana.options(address)

    assert response.status_code == 200
    assert list(response.json()) == ["name", "description", "renders", "parses"]
