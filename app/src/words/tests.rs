use super::*;

#[test]
fn parts_go_to_their_places() {
    let parts = ["a", "b"].map(str::to_owned);
    assert_eq!(fill("{} and {}", "", &parts), "a and b");
    assert_eq!(fill("{1} and {0}, {n}", "7", &parts), "b and a, 7");
    assert_eq!(fill("{} {} {} {2} {x} {", "", &parts), "a b {} {2} {x} {");
    // What is put in is not looked at again.
    assert_eq!(fill("{}{}", "", &["{1}".to_owned(), "{}".to_owned()]), "{1}{}");
}

#[test]
fn the_parts_of_a_text_are_found_again() {
    let parts = |text, pattern| parts_of(text, pattern).map(|parts| parts.join("|"));
    assert_eq!(parts("At most 7 at once.", "At most {} at once.").as_deref(), Some("7"));
    assert_eq!(parts("a is longer than 9 characters.", "{} is longer than {} characters.").as_deref(), Some("a|9"));
    assert_eq!(parts("It failed: no.", "It failed: {}").as_deref(), Some("no."));
    for (text, pattern) in [("At most 7.", "At most {} at once."), ("Name", "Name"), ("Names", "Name"), ("", "{} is")] {
        assert_eq!(parts(text, pattern), None, "{text:?} {pattern:?}");
    }
}

/// Runs `test` as a page in German is rendered.
fn in_german(test: impl FnOnce()) {
    Owner::new().with(|| {
        provide_language(Language::by_code("de").unwrap());
        test();
    });
}

#[test]
fn the_language_is_that_of_the_request() {
    in_german(|| {
        assert_eq!(tr!("Not found"), "Nicht gefunden");
        assert_eq!(tr!("{n} session" | "{n} sessions" % 1_u32), "1 Sitzung");
        assert_eq!(tr!("{n} session" | "{n} sessions" % 1_284_u32), "1.284 Sitzungen");
        assert_eq!(tr!("a selection" => "Clear"), "Aufheben");
        assert_ne!(tr!("Clear"), "Aufheben");
        assert_eq!(text("no text of the catalogue"), "no text of the catalogue");
    });
    // Another request on the same thread.
    assert_eq!(tr!("Not found"), "Not found");
    assert_eq!(tr!("a selection" => "Clear"), "Clear");
    assert_eq!(tr!("{n} session" | "{n} sessions" % 2_u32), "2 sessions");
}

#[test]
fn what_the_server_says_is_found_by_its_text() {
    in_german(|| {
        assert_eq!(told("At most 7 at once."), "Höchstens 7 auf einmal.");
        assert_eq!(
            told("“x”: This is no IP address, range or network."),
            "„x“: Das ist keine IP-Adresse, kein Bereich und kein Netz."
        );
        assert_eq!(told("account disabled by admin"), "Konto gesperrt durch admin");
        assert_eq!(told("never heard of"), "never heard of");
        assert_eq!(word("logging in"), "meldet sich an");
        assert_eq!(word("LIST"), "LIST");
    });
    assert_eq!(told("At most 7 at once."), "At most 7 at once.");
}

#[test]
fn numbers_and_times_are_written_as_in_germany() {
    in_german(|| {
        assert_eq!(format::number(12_345_678), "12.345.678");
        assert_eq!(format::size(48_234_000), "48,2 MB");
        assert_eq!(format::decimal(1_250_000, 6), "1,25");
        assert_eq!(format::read_decimal("1,25", 6), Some(1_250_000));
        // It would be a thousand and a quarter to the one, and one and a quarter to the other.
        assert_eq!(format::read_decimal("1.250", 6), None);
        assert_eq!(format::ago(300_000), "vor 5 min");
        assert_eq!(format::date_time(1_795_256_531_000, 3_600_000), "21.11.2026 11:22:11 UTC+01:00");
        assert_eq!(format::time_of(1_795_256_531_000, 1_795_356_531_000, 0), "21.11. 10:22:11");
    });
    assert_eq!(format::date_time(1_795_256_531_000, -12_600_000), "2026-11-21 06:52:11 UTC-03:30");
    assert_eq!(format::time_of(1_795_256_531_000, 1_795_256_531_001, 0), "10:22:11");
}
