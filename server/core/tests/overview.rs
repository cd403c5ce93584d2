//! What an operator has, and what of it wants looking after.

use crate::{
    House, administrator,
    people::{hosting, id_of, signed_in},
};
use wharf_model::{
    accounts::{AccountChange, Limits},
    domains::DomainChange,
    limits::LimitsOf,
    overview::{Holdings, Matter},
};
use wharf_store::{accounts, domains};

const HOUR: i64 = 60 * 60 * 1_000;

fn counts(holdings: &Holdings) -> (Option<u32>, Option<u32>, u32, u32) {
    (holdings.resellers, holdings.customers, holdings.domains, holdings.accounts)
}

async fn change(house: &House, name: &str, change: AccountChange) {
    let id = house.core.account_called(name).await.unwrap().unwrap().account.id;
    house.core.change_account(&administrator(), id, &change).await.unwrap();
}

#[tokio::test]
async fn each_role_counts_what_is_its_own() {
    let house = hosting().await;
    assert_eq!(counts(&house.core.holdings(&administrator()).await.unwrap()), (Some(2), Some(3), 3, 3));
    let (_, north) = signed_in(&house, "north").await;
    assert_eq!(counts(&house.core.holdings(&north).await.unwrap()), (None, Some(1), 1, 1));
    let (_, customer) = signed_in(&house, "south-customer").await;
    let holdings = house.core.holdings(&customer).await.unwrap();
    assert_eq!((counts(&holdings), holdings.panel_sessions), ((None, None, 1, 1), 1));
}

#[tokio::test]
async fn what_fills_up_ends_soon_or_is_off_is_named_to_whose_it_is() {
    let house = hosting().await;
    let admin = administrator();
    for (domain, used) in [("north.example", 90), ("south.example", 89)] {
        let found = accounts::find_for_login(&house.core.store, "web", Some(domain)).await.unwrap();
        accounts::set_used_bytes(&house.core.store, found[0].account.id, used).await.unwrap();
    }
    // The quota is inherited.
    let limits = Limits { quota_bytes: Some(100), ..Limits::default() };
    for reseller in ["north", "south"] {
        house.core.set_limits(&admin, LimitsOf::Person(id_of(&house, reseller).await), limits).await.unwrap();
    }
    let expires_at = Some(Some(house.clock.now() + HOUR));
    change(&house, "web@south.example", AccountChange { expires_at, ..AccountChange::default() }).await;
    let expires_at = Some(Some(house.clock.now() + 8 * 24 * HOUR));
    change(&house, "ann@acme.example", AccountChange { expires_at, ..AccountChange::default() }).await;
    let south = domains::by_name(&house.core.store, "south.example").await.unwrap().unwrap().id;
    let off = DomainChange { enabled: Some(false), ..DomainChange::default() };
    house.core.change_domain(&admin, south, &off).await.unwrap();
    let named = |holdings: Holdings| {
        let name = |matter: &Matter| match matter {
            Matter::NearlyFull { name, used, quota, .. } => format!("{name} {used}/{quota}"),
            Matter::ExpiresSoon { name, .. } => format!("{name} ends"),
            Matter::DomainDisabled { name, .. } => format!("{name} off"),
        };
        holdings.matters.iter().map(name).collect::<Vec<_>>()
    };
    let all = named(house.core.holdings(&admin).await.unwrap());
    assert_eq!(all, ["web@north.example 90/100", "web@south.example ends", "south.example off"]);
    let (_, north) = signed_in(&house, "north-customer").await;
    assert_eq!(named(house.core.holdings(&north).await.unwrap()), ["web@north.example 90/100"]);
}
