"""Write examples/data/roster.csv: 1,000 people of one school, the same on every run."""

# ruff: noqa: RUF001 - letters that look alike are what the names are for

import csv
import io
import random
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

TARGET = Path(__file__).parents[1] / "examples" / "data" / "roster.csv"
HEADER = ("external_id", "username", "email", "first_name", "last_name", "role", "group")
SEED = 20260901
ADMINS, TEACHERS, PEOPLE = 5, 80, 1000
# RFC 2606, 3: nobody's mail arrives there.
STAFF_DOMAIN, FAMILY_DOMAINS = "example.org", ("example.com", "example.net")
USERNAME_LENGTH = 30

T = TypeVar("T")


class Names(NamedTuple):
    """Hold the first and last names of one language."""

    first: Sequence[str]
    last: Sequence[str]


LATIN = (
    Names(
        ("Ada", "George", "Amelia", "Oliver", "Grace", "Harry", "Mary-Jane", "Edward", "Ruby", "Alfie"),
        (
            "Clarke",
            "O'Brien",
            "Smith-Jones",
            "Hughes",
            "Taylor",
            "D'Arcy",
            "Wright",
            "Walker",
            "Hall",
            "Young",
        ),
    ),
    Names(
        ("Aoife", "Cillian", "Niamh", "Oisín", "Róisín", "Seán", "Saoirse", "Tadhg"),
        ("Ó Súilleabháin", "Murphy", "O'Connor", "Ní Dhomhnaill", "Byrne", "O'Neill", "McCarthy", "Doyle"),
    ),
    Names(
        ("Chloé", "Jean-Luc", "Zoé", "Théo", "Anaïs", "François", "Hélène", "Maël", "Noémie", "Loïc"),
        ("Lefèvre", "D'Artagnan", "Dubois", "Mérieux", "Saint-Exupéry", "Le Goff", "Garçon", "Benoît"),
    ),
    Names(
        ("Jürgen", "Käthe", "Sören", "Lena", "Björn", "Anneliese", "Götz", "Marie-Luise", "Jonas", "Frieda"),
        ("Müller", "Weiß", "Schröder", "von der Heide", "Köhler", "Groß", "Schäfer", "Braun-Lutz"),
    ),
    Names(
        ("José", "Lucía", "Íñigo", "María José", "Andrés", "Begoña", "Ángel", "Sofía", "Martín", "Ximena"),
        ("Núñez", "García Márquez", "Muñoz", "Ibáñez", "de la Cruz", "Peña", "Rodríguez", "Gómez-Acebo"),
    ),
    Names(
        ("João", "Inês", "Conceição", "Tomás", "Beatriz", "Gonçalo", "Antônia", "Luís"),
        ("Gonçalves", "dos Santos", "Araújo", "Magalhães", "Simões", "Leitão", "Sá-Carneiro"),
    ),
    Names(
        ("Łukasz", "Zofia", "Małgorzata", "Jakub", "Agnieszka", "Paweł", "Żaneta", "Wojciech"),
        ("Wiśniewski", "Dąbrowska", "Kowalczyk", "Żeromski", "Gałczyńska", "Nowak", "Śliwa-Maj"),
    ),
    Names(
        ("Jiří", "Šárka", "Ondřej", "Ľubica", "Přemysl", "Zdeňka", "Matúš", "Božena"),
        ("Dvořák", "Černá", "Novotný", "Kučerová", "Hruška", "Šťastný", "Ďurica"),
    ),
    Names(
        ("Åsa", "Søren", "Øyvind", "Þóra", "Jón", "Maj-Britt", "Håkon", "Ingrid", "Ásgeir", "Astrid"),
        ("Åkesson", "Sørensen", "Guðmundsdóttir", "Nygård", "Lindqvist", "Bjørnson", "Hallgrímsson"),
    ),
    Names(
        ("Ayşe", "Çağla", "Oğuz", "İpek", "Gülşen", "Mehmet", "Ümit", "Deniz"),
        ("Yılmaz", "Şahin", "Öztürk", "Doğan", "Aydın", "Çelik", "Kılıç"),
    ),
    Names(
        ("Nguyễn Anh", "Thị Hương", "Đức", "Minh Châu", "Quỳnh", "Văn Tú", "Bảo Ngọc", "Linh"),
        ("Nguyễn", "Trần", "Phạm", "Đặng", "Lê", "Võ", "Hoàng"),
    ),
    Names(
        ("Ștefan", "Ioana", "Mădălina", "Răzvan", "Zsófia", "Gergő", "Ágnes", "Bence"),
        ("Ionescu", "Țiriac", "Popa", "Kovács", "Szőke", "Nagy", "Győrffy"),
    ),
    Names(
        ("Kalani", "Leilani", "Keoni", "Ngozi", "Chidi", "Amara", "N'Golo", "Fatou", "Thabo", "Wanjikũ"),
        ("Ka'ahumanu", "Okonkwo", "Diop", "N'Diaye", "Mwangi", "Abiọla", "Kamakawiwo'ole", "Achebe"),
    ),
    Names(
        ("Aarav", "Priya", "Ishaan", "Ananya", "Zainab", "Yusuf", "Mehwish", "Rohan", "Noor", "Layla"),
        ("Sharma", "Iyer", "Al-Farsi", "Khan", "Chatterjee", "El Amrani", "Haddad", "Patel", "Bint-Said"),
    ),
)

# (as written, in latin letters): a username and an address must be ASCII where the name is not.
SPELLED = (
    (
        (
            ("伟", "wei"),
            ("芳", "fang"),
            ("子涵", "zihan"),
            ("梓萱", "zixuan"),
            ("浩然", "haoran"),
            ("雨桐", "yutong"),
        ),
        (("王", "wang"), ("李", "li"), ("张", "zhang"), ("欧阳", "ouyang"), ("陈", "chen"), ("司马", "sima")),
    ),
    (
        (
            ("さくら", "sakura"),
            ("陽翔", "haruto"),
            ("結衣", "yui"),
            ("蓮", "ren"),
            ("美咲", "misaki"),
            ("大翔", "taiga"),
        ),
        (
            ("佐藤", "sato"),
            ("鈴木", "suzuki"),
            ("高橋", "takahashi"),
            ("渡辺", "watanabe"),
            ("小野寺", "onodera"),
        ),
    ),
    (
        (("민준", "minjun"), ("서연", "seoyeon"), ("지우", "jiwoo"), ("하은", "haeun"), ("도윤", "doyun")),
        (("김", "kim"), ("이", "lee"), ("박", "park"), ("최", "choi"), ("남궁", "namgung")),
    ),
)

# Letters that stand for themselves in Unicode, so that taking the accents off leaves them.
_FOLDED = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "æ": "ae"})


class Name(NamedTuple):
    """Hold a name as written, and in ASCII letters."""

    first: str
    last: str
    first_ascii: str
    last_ascii: str


def ascii_letters(text: str) -> str:
    """Return the text in lowercase ASCII letters, and nothing else."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_FOLDED))
    return re.sub(r"[^a-z]", "", decomposed)


def build_roster() -> list[tuple[str, ...]]:
    """Return the rows of the roster, without its header."""
    dice = random.Random(SEED)
    taken: set[str] = set()
    rows: list[tuple[str, ...]] = []
    for number in range(1, PEOPLE + 1):
        role = "admin" if number <= ADMINS else "teacher" if number <= ADMINS + TEACHERS else "student"
        name = _name(dice)
        username = _username(name, role, taken)
        taken.add(username)
        year = 1 + int(dice.random() * 12)
        group = f"{year}{pick(dice, 'ABCD')}" if role == "student" else ""
        email = _email(dice, username, role, year)
        rows.append((f"S{number:05}", username, email, name.first, name.last, role, group))
    return rows


def render(rows: Sequence[Sequence[str]]) -> str:
    """Return the roster as CSV text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    return text.getvalue()


def pick(dice: random.Random, options: Sequence[T]) -> T:
    """Return one of the options; of `random`, only `random()` is promised to repeat on every Python."""
    return options[int(dice.random() * len(options))]


def _name(dice: random.Random) -> Name:
    if dice.random() < 0.12:
        first_names, last_names = pick(dice, SPELLED)
        (first, first_ascii), (last, last_ascii) = pick(dice, first_names), pick(dice, last_names)
        return Name(first, last, first_ascii, last_ascii)
    names = pick(dice, LATIN)
    first, last = pick(dice, names.first), pick(dice, names.last)
    return Name(first, last, ascii_letters(first), ascii_letters(last))


def _username(name: Name, role: str, taken: set[str]) -> str:
    stem = f"{name.first_ascii[0]}{name.last_ascii}" if role != "student" else f"{name.first_ascii}_{name.last_ascii}"
    # Flat takes 30 characters at most; the space left is for a number.
    stem = stem[: USERNAME_LENGTH - 3]
    number = 1
    username = stem
    while username in taken:
        number += 1
        username = f"{stem}{number}"
    return username


def _email(dice: random.Random, username: str, role: str, year: int) -> str:
    if role != "student":
        return f"{username}@{STAFF_DOMAIN}"
    # The youngest rarely have an address of their own.
    has_address = dice.random() < (0.25 if year <= 4 else 0.97)
    local = username.replace("_", ".")
    return f"{local}@{pick(dice, FAMILY_DOMAINS)}" if has_address else ""


if __name__ == "__main__":
    TARGET.write_text(render(build_roster()), encoding="utf-8", newline="")
    print(f"{TARGET}: {PEOPLE} people")
