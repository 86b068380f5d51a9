"""Knowledge: bases, categories, and articles that are drafted, published and retired."""

from random import Random

from ingestion.instance.company.arrivals import Arrivals
from ingestion.instance.company.choosing import one_of
from ingestion.instance.company.identity import Row, sys_id_of, system_columns
from ingestion.instance.company.life import CREATE, UPDATE, Event, in_time_order
from ingestion.instance.company.people import People
from ingestion.instance.timestamps import DAY, HOUR, stamp
from ingestion.instance.titles import HUMAN_TOPICS

_BASES = ("IT Knowledge", "HR Knowledge", "Known Errors")
_TITLES = ("How to: {title}", "{title} – what to do", "Known error: {title}")


class Knowledge:
    """All articles of three knowledge bases, with a category for each topic."""

    def __init__(self, seed: int, arrivals: Arrivals, people: People, start: int) -> None:
        self.arrivals = arrivals
        self._seed = seed
        self._people = people
        created = stamp(start - 3 * 365 * DAY)
        self._bases = [sys_id_of(seed, "kb_knowledge_base", title) for title in _BASES]
        self._categories = {topic.name: sys_id_of(seed, "kb_category", topic.name) for topic in HUMAN_TOPICS}
        self.rows: dict[str, list[Row]] = {
            "kb_knowledge_base": [
                system_columns(sys_id, created) | {"title": title, "active": "true"}
                for sys_id, title in zip(self._bases, _BASES, strict=True)
            ],
            "kb_category": [
                system_columns(sys_id, created)
                | {
                    "label": name.capitalize(),
                    "value": name.replace(" ", "_"),
                    "parent_id": self._bases[0],
                    "parent_table": "kb_knowledge_base",
                    "active": "true",
                }
                for name, sys_id in self._categories.items()
            ],
        }

    def life(self, index: int) -> list[Event]:
        """An article from draft to retirement; readers move its view count now and then."""
        rng, at = self.arrivals.rng(index), self.arrivals.at(index)
        sys_id = sys_id_of(self._seed, "kb_knowledge", index)
        author = one_of(self._people.groups, rng).members.pick(rng)
        events = [Event(at, CREATE, "kb_knowledge", sys_id, self._draft(index, rng, author.sys_id), author.user_name)]

        def step(moment: int, **values: str) -> None:
            events.append(Event(moment, UPDATE, "kb_knowledge", sys_id, values, author.user_name))

        published = at + HOUR + int(rng.expovariate(1 / (4 * DAY)))
        step(at + HOUR, workflow_state="review")
        if rng.random() < 0.1:  # never gets past the review
            return events
        valid_to = stamp(published + 365 * DAY)[:10]
        step(published, workflow_state="published", published=stamp(published)[:10], valid_to=valid_to)
        moment, views = published, 0
        for _ in range(int(rng.random() * 6)):
            moment += DAY + int(rng.expovariate(1 / (20 * DAY)))
            views += 1 + int(rng.random() * 60)
            step(moment, sys_view_count=str(views))
        if rng.random() < 0.3:
            moment += int(rng.expovariate(1 / (120 * DAY)))
            step(moment, workflow_state="retired", retired=stamp(moment)[:10], active="false")
        return in_time_order(events)

    def _draft(self, index: int, rng: Random, author: str) -> Row:
        topic = one_of(HUMAN_TOPICS, rng)
        title = one_of(_TITLES, rng).format(title=topic.titles[0].replace("{", "").replace("}", ""))
        return {
            "number": f"KB{10_001 + index:07d}",
            "short_description": title[:100],
            "text": f"<h1>{title}</h1>\n<p>Restart. If that does not help, call the desk &ndash; extension 1000.</p>",
            "article_type": "text",
            "workflow_state": "draft",
            "kb_knowledge_base": one_of(self._bases, rng),
            "kb_category": self._categories[topic.name],
            "author": author,
            "active": "true",
            "latest": "true",
            "sys_view_count": "0",
            "language": "en",
        }
