//! Numbers, read by words.

use alloc::format;

use crate::wire::lexical::{FAIL, number64, plain_nil};

#[test]
fn numbers_by_words() {
    let numbers =
        [0, 7, 10, 123, 9_999_999, 12_345_678, 99_999_999, 100_000_000, 4_294_967_296, u64::MAX];
    for number in numbers {
        for tail in ["", " ", ")", ") FLAGS ()", "/", ":", "\u{b0}", "x1234567"] {
            let text = format!("{number}{tail}");
            assert_eq!(number64(text.as_bytes()), Ok((tail.as_bytes(), number)), "{text}");
        }
    }
    assert_eq!(number64(b"000000000000000000000000000012 "), Ok((&b" "[..], 12)));
    for text in ["", " 1234567", "x", "18446744073709551616", "/2345678", "-1"] {
        assert_eq!(number64(text.as_bytes()), Err(FAIL), "{text}");
    }
}

#[test]
fn nil_is_a_word_of_its_own() {
    for (text, rest) in [
        ("NIL ", Some(" ")),
        ("NIL)", Some(")")),
        ("NIL", None),
        ("NILS", None),
        ("NIL\"", None),
        ("nil ", None),
    ] {
        assert_eq!(plain_nil(text.as_bytes()), rest.map(str::as_bytes), "{text}");
    }
}
