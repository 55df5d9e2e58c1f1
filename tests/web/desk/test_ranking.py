"""The pages of the ranking models: figures in words, weights as bars, activating, going back, asking for a training."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.extensions import writing
from app.queries import ranking_models
from app.services import learning, leases
from matching.reranker import Model
from tests.cast import NOW, Cast, post, sign_in

pytestmark = pytest.mark.databases("sqlite")


def candidate(cast: Cast, **figures: float | None) -> str:
    """The page of a new candidate."""
    told: dict[str, float | None] = {"needs": 32, "ndcg": 0.82, "ndcg_other": 0.8, "auc": 0.81, "auc_other": None,
                                     "p_value": 0.2}  # fmt: skip
    with writing() as session:
        learned = learning.Learned(Model.shipped(), 785, 31, 0, told | figures)
        return f"/desk/ranking/{learning.store(session, learned, cast.desk.actor, NOW).number}"


def test_without_a_model_the_page_says_what_ranks(client: FlaskClient, session: Session, cast: Cast) -> None:
    page = sign_in(client, cast.desk).get("/desk/ranking").text
    assert "还没有训练过模型" in page
    assert "随程序提供" in page
    assert "不足 30 对" in page
    assert client.get("/desk/ranking/1").status_code == 404


def test_a_candidate_is_compared_activated_and_taken_back(client: FlaskClient, session: Session, cast: Cast) -> None:
    page = candidate(cast)
    sign_in(client, cast.desk)
    shown = client.get(page).text
    assert "相差不大" in shown
    assert "0.820" in shown
    for name, weight in Model.shipped().weights.items():
        assert name in shown
        assert f"{weight * 100:.1f}%" in shown
    assert "第 1 版" in client.get("/desk/ranking").text
    assert "已启用" in post(client, f"{page}/move", {"move": "activate"}, follow_redirects=True).text
    assert "换回随程序提供的模型" in client.get(page).text
    session.rollback()
    assert learning.active(session).version == 1
    session.rollback()
    post(client, f"{page}/move", {"move": "rest"})
    assert ranking_models.active(session) is None
    assert post(client, f"{page}/move", {"move": "nonsense"}).status_code == 409
    assert post(client, f"{page}/move", {"move": "rest"}).status_code == 409


def test_a_worse_one_asks_for_a_reason(client: FlaskClient, session: Session, cast: Cast) -> None:
    page = candidate(cast, ndcg=0.6, p_value=0.001)
    sign_in(client, cast.desk)
    assert "仍要启用的理由" in client.get(page).text
    assert "请写明理由" in post(client, f"{page}/move", {"move": "activate"}, follow_redirects=True).text
    post(client, f"{page}/move", {"move": "activate", "reason": "先试一周"})
    assert "先试一周" in client.get(page).text


def test_a_training_is_asked_for_and_offices_only_read(client: FlaskClient, session: Session, cast: Cast) -> None:
    page = candidate(cast)
    sign_in(client, cast.desk)
    assert "已登记训练" in post(client, "/desk/ranking/train", follow_redirects=True).text
    assert leases.asked(session, learning.NAME)
    for person in (cast.county, cast.bureau):
        sign_in(client, person)
        assert client.get(page).status_code == 200
        assert "训练候选模型" not in client.get("/desk/ranking").text
        assert post(client, "/desk/ranking/train").status_code == 403
        assert post(client, f"{page}/move", {"move": "activate"}).status_code == 403
