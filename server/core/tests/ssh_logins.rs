//! Logins over SSH, step by step.

use crate::{House, PASSWORD, administrator, ssh_keys};
use wharf_core::{
    logins::{Login, LoginError},
    ssh_logins::{Proof, SshLogin, Step},
};
use wharf_model::accounts::{Limits, SshAuth};

const KEY: &str = ssh_keys::FINGERPRINT;

/// What became of the next step of a login.
#[derive(Debug, PartialEq)]
enum Became {
    In,
    Password,
    Code,
    Incorrect,
}

async fn show(house: &House, login: &mut SshLogin, name: &str, proof: Proof<'_>) -> Became {
    let session = house.connect("192.0.2.1");
    match house.core.log_in_over_ssh(&session, login, name, proof).await {
        Ok(Step::LoggedIn(_)) => Became::In,
        Ok(Step::NeedsPassword) => Became::Password,
        Ok(Step::NeedsCode) => Became::Code,
        Err(LoginError::Incorrect) => Became::Incorrect,
        Ok(Step::TurnedAway(other)) | Err(other) => panic!("{other}"),
    }
}

/// A house whose account `ann` has a key, and wants this to be shown.
async fn house(ssh_auth: SshAuth) -> House {
    let house = House::new().await;
    let ann = house.core.account_called("ann").await.unwrap().unwrap();
    house.core.add_ssh_key(&administrator(), ann.account.id, &ssh_keys::order(ssh_keys::KEY)).await.unwrap();
    house.core.set_ssh_auth(&ann, ssh_auth).await.unwrap();
    house
}

#[tokio::test]
async fn each_account_says_what_it_wants() {
    use Became::{In, Incorrect, Password};
    for (ssh_auth, by_key, by_password) in
        [(SshAuth::Any, In, In), (SshAuth::Key, In, Incorrect), (SshAuth::KeyAndPassword, Password, Incorrect)]
    {
        let house = house(ssh_auth).await;
        assert_eq!(show(&house, &mut SshLogin::default(), "ann", Proof::Key(KEY)).await, by_key, "{ssh_auth:?}");
        let password = Proof::Password(PASSWORD);
        assert_eq!(show(&house, &mut SshLogin::default(), "ann", password).await, by_password, "{ssh_auth:?}");
        let other = Proof::Key("SHA256:other");
        assert_eq!(show(&house, &mut SshLogin::default(), "ann", other).await, Incorrect, "{ssh_auth:?}");
    }
}

#[tokio::test]
async fn what_was_shown_counts_for_one_name() {
    let house = house(SshAuth::KeyAndPassword).await;
    house.add_account("acme.example", "bob", Limits::default()).await;
    let mut login = SshLogin::default();
    assert_eq!(show(&house, &mut login, "ann", Proof::Key(KEY)).await, Became::Password);
    assert_eq!(show(&house, &mut login, "ann@acme.example", Proof::Password(PASSWORD)).await, Became::Incorrect);
    assert_eq!(show(&house, &mut login, "ann", Proof::Key(KEY)).await, Became::Password);
    assert_eq!(show(&house, &mut login, "ann", Proof::Password(PASSWORD)).await, Became::In);
}

#[tokio::test]
async fn a_certificate_is_for_its_principals() {
    let house = house(SshAuth::Any).await;
    let principals = |name: &str| vec!["x".to_owned(), name.to_owned()];
    for (principal, name, became) in [
        ("ann", "ann", Became::In),
        ("ann@acme.example", "ann", Became::In),
        ("ann@acme.example", "ann@acme.example", Became::In),
        ("ann", "ann@acme.example", Became::Incorrect),
        ("bob", "ann", Became::Incorrect),
        ("ANN", "ann", Became::Incorrect),
    ] {
        let principals = principals(principal);
        let proof = Proof::Certificate { fingerprint: "SHA256:other", principals: &principals };
        let shown = show(&house, &mut SshLogin::default(), name, proof).await;
        assert_eq!(shown, became, "{principal} as {name}");
        // Two wrong ones are no reason to lock the address.
        house.clock.advance(60_001);
    }
}

#[tokio::test]
async fn codes_are_good_once_and_come_last() {
    let house = house(SshAuth::Any).await;
    let ann = house.core.account_called("ann").await.unwrap().unwrap();
    let uri = house.core.enable_codes(&ann).await.unwrap();
    let totp = totp_rs::Totp::from_url(uri).unwrap();
    assert_eq!((totp.account_name(), totp.issuer()), ("ann@acme.example", Some("Wharf")));
    let code = |ms: i64| totp.generate(u64::try_from((house.clock.now() + ms) / 1000).unwrap()).to_string();

    let mut login = SshLogin::default();
    assert_eq!(
        show(&house, &mut login, "ann", Proof::Code(&code(0))).await,
        Became::Incorrect,
        "nothing else was shown"
    );
    assert_eq!(show(&house, &mut login, "ann", Proof::Password(PASSWORD)).await, Became::Code);
    assert_eq!(show(&house, &mut login, "ann", Proof::Code(&code(90_000))).await, Became::Incorrect, "too early");
    assert_eq!(show(&house, &mut login, "ann", Proof::Code(&code(0))).await, Became::In);
    let mut login = SshLogin::default();
    assert_eq!(show(&house, &mut login, "ann", Proof::Key(KEY)).await, Became::Code);
    assert_eq!(show(&house, &mut login, "ann", Proof::Code(&code(0))).await, Became::Incorrect, "used");
    house.clock.advance(30_000);
    assert_eq!(show(&house, &mut login, "ann", Proof::Code(&code(0))).await, Became::In);

    let session = house.connect("192.0.2.1");
    let by_ftp = Login { name: "ann", domain: None, password: PASSWORD, secure: true, certificate: None, code: None };
    assert!(matches!(house.core.log_in(&session, &by_ftp).await, Err(LoginError::Incorrect)));
    house.core.disable_codes(&ann).await.unwrap();
    assert_eq!(show(&house, &mut SshLogin::default(), "ann", Proof::Key(KEY)).await, Became::In);
}

#[tokio::test]
async fn an_account_with_client_certificates_is_not_open_to_its_password_alone() {
    let house = house(SshAuth::Any).await;
    house.add_certified_account("acme.example", "cert", vec!["00ff".to_owned()]).await;
    let password = Proof::Password(PASSWORD);
    assert_eq!(show(&house, &mut SshLogin::default(), "cert", password).await, Became::Incorrect);
}
