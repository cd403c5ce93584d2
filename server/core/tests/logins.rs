use crate::{House, PASSWORD, login};
use wharf_core::{
    accounts::fingerprint,
    logins::{Login, LoginError},
    panel_sessions::SignIn,
    sessions::Refusal,
};
use wharf_model::accounts::Limits;
use wharf_store::{accounts, domains};

async fn try_login(house: &House, name: &str, domain: Option<&str>, password: &str) -> Result<(), LoginError> {
    let session = house.connect("192.0.2.1");
    house.core.log_in(&session, &Login { domain, ..login(name, password) }).await.map(drop)
}

#[tokio::test]
async fn a_bare_login_is_good_while_one_domain_has_it() {
    let house = House::new().await;
    try_login(&house, "ann", None, PASSWORD).await.unwrap();
    house.add_domain("other.example").await;
    house.add_account("other.example", "ann", Limits::default()).await;
    assert!(matches!(try_login(&house, "ann", None, PASSWORD).await, Err(LoginError::Incorrect)));
    try_login(&house, "ann@acme.example", None, PASSWORD).await.unwrap();
    try_login(&house, "ann@ACME.example", None, PASSWORD).await.unwrap();
    try_login(&house, "ann", Some("other.example"), PASSWORD).await.unwrap();
}

#[tokio::test]
async fn the_name_of_the_server_is_no_domain() {
    let house = House::new().await;
    try_login(&house, "ann", Some("ftp.hosting.example"), PASSWORD).await.unwrap();
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_the_same() {
    let house = House::new().await;
    house.add_account("acme.example", "off", Limits::default()).await;
    let off = accounts::find_for_login(&house.core.store, "off", None).await.unwrap().remove(0).account.id;
    accounts::set_enabled(&house.core.store, off, false).await.unwrap();
    for (name, password) in [("ann", "wrong"), ("nobody", PASSWORD)] {
        assert!(matches!(try_login(&house, name, None, password).await, Err(LoginError::Incorrect)), "{name}");
    }
    house.core.lockout.succeeded("192.0.2.1".parse().unwrap(), "ann@acme.example");
    assert!(matches!(try_login(&house, "off", None, PASSWORD).await, Err(LoginError::Incorrect)));
    domains::set_enabled(&house.core.store, house.domain, false).await.unwrap();
    assert!(matches!(try_login(&house, "ann", None, PASSWORD).await, Err(LoginError::Incorrect)));
}

#[tokio::test]
async fn too_many_failures_lock_the_address_for_panel_and_protocols() {
    let house = House::new().await;
    let session = house.connect("192.0.2.1");
    for _ in 0..3 {
        house.core.log_in(&session, &login("ann", "wrong")).await.unwrap_err();
    }
    let locked = Refusal::LockedOut { minutes: 3 };
    let refused = house.core.log_in(&session, &login("ann", PASSWORD)).await.unwrap_err();
    assert!(matches!(refused, LoginError::Refused(refusal) if refusal == locked), "{refused:?}");
    assert_eq!(house.core.admit(crate::connection("192.0.2.1")).unwrap_err(), locked);
    let shown = SignIn {
        login: "acme",
        password: PASSWORD,
        code: "",
        replace: false,
        ip: "192.0.2.1".parse().unwrap(),
        user_agent: "test",
    };
    assert!(house.core.sign_in(shown).await.is_err());
    house.log_in("192.0.2.2", "ann").await;
    house.clock.advance(120_001);
    house.core.log_in(&session, &login("ann", PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn of_many_guesses_at_once_only_the_first_ones_are_answered() {
    let house = House::new().await;
    let guesses: Vec<_> = (0..12)
        .map(|guess| {
            let session = house.connect("192.0.2.1");
            let password = if guess == 11 { PASSWORD.to_owned() } else { format!("guess {guess}") };
            let core = house.core.clone();
            tokio::spawn(async move { core.log_in(&session, &login("ann", &password)).await.err() })
        })
        .collect();
    let mut answered = 0;
    for guess in guesses {
        answered += usize::from(!matches!(guess.await.unwrap(), Some(LoginError::Refused(_))));
    }
    assert_eq!(answered, 3);
}

#[tokio::test]
async fn home_is_made_below_the_root_and_is_the_accounts_world() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let files = &session.identity().unwrap().files;
    files.mkdir(&wharf_vfs::VPath::root().resolve(b"../../inside").unwrap()).await.unwrap();
    assert!(house.directory.path().join("ann/inside").is_dir());
}

#[tokio::test]
async fn parts_of_uploads_that_nobody_resumed_are_removed_after_a_week() {
    let house = House::new().await;
    let home = house.directory.path().join("ann");
    let part = home.join(".wharf-part.0123456789abcdef.0123456789abcdef0123456789abcdef");
    std::fs::write(&part, "half").unwrap();
    let day = 24 * 60 * 60 * 1000;
    drop(house.log_in("192.0.2.1", "ann").await);
    // Files have the machine's time, which the house's clock is behind.
    house.clock.advance(50 * 365 * day);
    drop(house.log_in("192.0.2.1", "ann").await);
    let gone = async {
        while part.exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), gone).await.unwrap();
    assert!(home.is_dir());
}

#[tokio::test]
async fn a_domain_that_needs_tls_answers_a_login_in_clear_as_an_unknown_one() {
    let house = House::new().await;
    house.core.change_domain_tls("Acme.Example.", |tls| tls.required = true).await.unwrap();
    for name in ["ann", "ann@acme.example"] {
        assert!(matches!(try_login(&house, name, None, PASSWORD).await, Err(LoginError::Incorrect)), "{name}");
        let session = house.connect("192.0.2.1");
        house.core.log_in(&session, &Login { secure: true, ..login(name, PASSWORD) }).await.unwrap();
    }
}

#[tokio::test]
async fn an_account_with_a_certificate_needs_it_and_the_password() {
    let house = House::new().await;
    let (good, other) = (b"a certificate", b"another one..");
    house.add_certified_account("acme.example", "cert", vec![fingerprint(good)]).await;
    for (password, certificate, expected) in [
        (PASSWORD, Some(good), true),
        (PASSWORD, None, false),
        (PASSWORD, Some(other), false),
        ("wrong", Some(good), false),
    ] {
        let session = house.connect("192.0.2.1");
        let certificate = certificate.map(<[u8; 13]>::as_slice);
        let attempt = Login { secure: true, certificate, ..login("cert", password) };
        house.core.lockout.succeeded("192.0.2.1".parse().unwrap(), "cert@acme.example");
        assert_eq!(house.core.log_in(&session, &attempt).await.is_ok(), expected, "{password} {certificate:?}");
    }
}
