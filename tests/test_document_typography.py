"""Quotation marks and dashes of languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpress.document.typography import language_of, smarten_text, smarten_tree
from briefpress.xhtml import parse_xhtml, to_xhtml


@pytest.mark.parametrize(
    ("lang", "typed", "text"),
    [
        ("en", "\"One 'two' three\"", "“One ‘two’ three”"),
        (
            "en",
            "'single' isn't it, '90s, rock 'n roll",
            "‘single’ isn’t it, ’90s, rock ’n roll",
        ),
        ("en", "a -- b, 1990--1995, a---b, ...", "a\u00a0– b, 1990–1995, a—b, …"),
        ("en", 'he said: "yes" ("no")', "he said: “yes” (“no”)"),
        ("en", '5" pipe', "5″ pipe"),
        ("en-GB", '"x"', "“x”"),
        ("ru", "\"Это 'море' -- море\"", "«Это „море“\u00a0— море»"),
        ("kk", '"Цифрлық Қазақстан"', "«Цифрлық Қазақстан»"),
        ("de", '"Wort"', "„Wort“"),
        ("fr", '"mot" : oui ?', "«\u202fmot\u202f»\u202f: oui\u202f?"),
        ("fa", '"واژه"', "«واژه»"),
        ("xx", '"x"', "“x”"),
        # Quotations in quotations, by what was typed.
        ("en", "He said 'the \"deep\" state' is", "He said ‘the “deep” state’ is"),
        ("en", "\"'Yes,' he said,\" she wrote", "“‘Yes,’ he said,” she wrote"),
        ("en", "'\"inner\" first'.", "‘“inner” first’."),
        ("en", '"A","B"; "C";"D".', "“A”,“B”; “C”;“D”."),
        ("ru", '"Дом "Заря"" открыт', "«Дом „Заря“» открыт"),
        # Primes; apostrophes after words.
        ("en", "6'2\" and 40°30'15\" N", "6′2″ and 40°30′15″ N"),
        ("en", "the 1990's, James' 'own' word", "the 1990’s, James’ ‘own’ word"),
        # Elisions before a quotation.
        (
            "fr",
            'L\'"État" et d\'"avenir".',
            "L’«\u202fÉtat\u202f» et d’«\u202favenir\u202f».",
        ),
        ("fr", "«mot» et « mot »", "«\u202fmot\u202f» et «\u202fmot\u202f»"),
        ("it", 'L\'"acqua" e dell\'"Asia".', "L’«acqua» e dell’«Asia»."),
        # Letters that are typed as apostrophes.
        (
            "uz",
            "O'zbekiston, to'g'ri, ma'no, bog' 'ha'",
            "Oʻzbekiston, toʻgʻri, maʼno, bogʻ ‘ha’",
        ),
        ("he", 'צה"ל וג\'ורג\' "מילה"', "צה״ל וג׳ורג’ ”מילה”"),
        ("he", 'ב"הארץ" כתב', "ב”הארץ” כתב"),
        ("ar", 'و"الميناء" بعيد', "و«الميناء» بعيد"),
        # Scripts without spaces.
        ("zh", '他说"好的",又说"不"...', "他说“好的”,又说“不”……"),
        ("zh", "里海--水位......", "里海——水位……"),
        ("zh-TW", '他說"好"', "他說「好」"),
        ("zh-Hant", "他說\"好'壞'\"", "他說「好『壞』」"),
        ("ja", '彼は"はい"と言った', "彼は「はい」と言った"),
    ],
)
def test_marks_of_a_language(lang: str, typed: str, text: str) -> None:
    assert smarten_text(typed, lang) == text


def test_a_quotation_can_contain_phrases_and_code_does_not_change() -> None:
    tree = parse_xhtml(
        '<div><p>"<em>One</em>" and <code>"x" -- y</code> <i lang="ru">"да"</i></p><p>"two"</p></div>'
    )
    smarten_tree(tree, "en")
    assert to_xhtml(tree) == (
        '<div><p>“<em>One</em>” and <code>"x" -- y</code> <i lang="ru">«да»</i></p><p>“two”</p></div>'
    )


@pytest.mark.parametrize(
    ("lang", "typed", "text"),
    [
        ("en", "See p. 3 and pp. 4--5, no. 7, § 5", "See p.~3 and pp.~4–5, no.~7, §~5"),
        (
            "en",
            "5 km, 20 %, $5 million, 1 000 000 people",
            "5~km, 20~%, $5~million, 1~000~000 people",
        ),
        ("en", "J. R. R. Tolkien, J.R.R. Tolkien", "J.~R.~R.~Tolkien, J.R.R.~Tolkien"),
        ("en", "a word -- another", "a word~– another"),
        (
            "ru",
            "№ 5, с. 12, А. С. Пушкин, 10 млн руб. -- да",
            "№~5, с.~12, А.~С.~Пушкин, 10~млн руб.~— да",
        ),
        ("ru", "в 2020 г. и 300 км", "в 2020~г. и 300~км"),
        ("de", "S. 5, Nr. 7, 3 Mio. Euro", "S.~5, Nr.~7, 3~Mio. Euro"),
        ("fr", "n° 5, p. 12, 10 000 €, art. IV", "n°~5, p.~12, 10~000~€, art.~IV"),
        ("kk", "5 млн теңге, № 3", "5~млн теңге, №~3"),
        # Near misses: lines may end here.
        (
            "en",
            "in 2020 300 people, section 3 meters",
            "in 2020 300 people, section 3 meters",
        ),
        (
            "en",
            "he was up. 3 men came; see step. 5",
            "he was up. 3 men came; see step. 5",
        ),
        ("de", "d. h. morgen", "d. h. morgen"),
    ],
)
def test_lines_do_not_end_between_what_belongs_together(
    lang: str, typed: str, text: str
) -> None:
    assert smarten_text(typed, lang) == text.replace("~", "\u00a0")


def test_labels_have_the_digits_of_the_language() -> None:
    assert language_of("fa").figure(12) == "شکل ۱۲"
    assert language_of("ar").table(3) == "الجدول 3", "as in dates (CLDR)"
    assert language_of("ru").figure(12) == "Рис. 12"


def test_spaces_without_break_reach_over_phrases() -> None:
    tree = parse_xhtml("<p>A. <em>Smith</em>, p. <b>3</b> and <code>p. 3</code></p>")
    smarten_tree(tree, "en")
    assert to_xhtml(tree) == (
        "<p>A.\u00a0<em>Smith</em>, p.\u00a0<b>3</b> and <code>p. 3</code></p>"
    )


@given(
    st.sampled_from(("en", "ru", "de", "fr", "kk", "pl")),
    st.lists(
        st.sampled_from(
            (*" .§№–1Ip", "\ue002", "км", "Table", "стр.", "U.S.", "12 345")
        ),
        max_size=12,
    ).map("".join),
)
def test_the_quick_search_misses_no_space_without_break(lang: str, text: str) -> None:
    language = language_of(lang)
    changed = language.spaces.sub(lambda match: match[0].replace(" ", "\xa0"), text)
    assert changed == text or language.near_space.search(text)
