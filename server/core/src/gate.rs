//! Who may come in: bans and IP rules in memory, asked at every accept and every login.
//!
//! What is here is in the store as well; [`Core`] writes it there first. `networks` finds the entries of an address
//! without looking at all of them.

mod networks;

use crate::{Core, sessions::Refusal};
use networks::Networks;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};
use wharf_model::{
    addresses::AddressRange,
    bans::Reach,
    ids::{BanId, RuleId},
    rules::RuleAction,
};
use wharf_store::{
    StoreError,
    bans::{self, StoredBan},
    rules::{self, StoredRule},
    together::{self, Step},
};

/// Bans, rules, and the addresses no ban touches.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    lists: RwLock<Lists>,
    /// Held from the look at what there is until a change is stored and in force, so that changes cannot overtake each
    /// other.
    pub(crate) changing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Lists {
    never: Vec<AddressRange>,
    bans: HashMap<BanId, Arc<Counted<StoredBan>>>,
    banned: HashMap<Reach, Networks<BanId>>,
    rules: HashMap<Reach, RuleSet>,
}

/// An entry and how often it turned somebody away since it was read.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    pub(crate) entry: T,
    hits: AtomicU64,
    last_hit: AtomicI64,
    /// Hits as the store has them.
    stored: AtomicU64,
}

impl<T> Counted<T> {
    fn new(entry: T, hits: u64, last_hit: Option<i64>) -> Arc<Self> {
        let last_hit = AtomicI64::new(last_hit.unwrap_or(0));
        Arc::new(Self { entry, hits: AtomicU64::new(hits), last_hit, stored: AtomicU64::new(hits) })
    }

    fn hit(&self, now: i64) {
        self.hits.fetch_add(1, Ordering::Relaxed);
        self.last_hit.store(now, Ordering::Relaxed);
    }

    /// How often, and when last.
    pub(crate) fn hits(&self) -> (u64, Option<i64>) {
        let hits = self.hits.load(Ordering::Relaxed);
        (hits, (hits > 0).then(|| self.last_hit.load(Ordering::Relaxed)))
    }

    /// What the store does not know yet.
    fn news(&self) -> Option<(u64, i64)> {
        let (hits, last_hit) = self.hits();
        let known = self.stored.swap(hits, Ordering::Relaxed);
        last_hit.filter(|_| known != hits).map(|last_hit| (hits, last_hit))
    }
}

/// One list of rules, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleSet {
    pub(crate) rules: Vec<Arc<Counted<StoredRule>>>,
    /// Places in `rules`.
    places: Arc<Networks<usize>>,
    /// Somebody is allowed, so everyone else is refused.
    pub(crate) exclusive: bool,
}

impl RuleSet {
    /// In the order of the ranks.
    pub(crate) fn new(mut rules: Vec<Arc<Counted<StoredRule>>>) -> Self {
        rules.sort_by_key(|rule| (rule.entry.rank, rule.entry.id));
        let mut places = Networks::default();
        for (place, rule) in rules.iter().enumerate() {
            places.insert(&rule.entry.address, &place);
        }
        let exclusive = rules.iter().any(|rule| rule.entry.action == RuleAction::Allow);
        Self { rules, places: Arc::new(places), exclusive }
    }

    fn first(&self, ip: IpAddr) -> Option<&Arc<Counted<StoredRule>>> {
        self.places.containing(ip).min().and_then(|place| self.rules.get(*place))
    }

    /// Whether the list refuses `ip`.
    pub(crate) fn refuses(&self, ip: IpAddr) -> bool {
        match self.first(ip) {
            Some(rule) => rule.entry.action == RuleAction::Deny,
            None => self.exclusive,
        }
    }
}

/// What becomes of an address, and because of what.
#[derive(Clone, Debug)]
pub(crate) enum Judgement {
    /// No list says anything.
    Unknown,
    /// It is on the never-ban list.
    NeverBanned,
    /// A rule lets it in.
    Allowed(Arc<Counted<StoredRule>>),
    /// It is banned.
    Banned(Arc<Counted<StoredBan>>),
    /// A rule refuses it.
    Denied(Arc<Counted<StoredRule>>),
    /// A list allows others, and not it.
    NotListed,
}

impl Judgement {
    /// Whether the address is turned away.
    pub(crate) fn refuses(&self) -> bool {
        matches!(self, Self::Banned(_) | Self::Denied(_) | Self::NotListed)
    }
}

impl Gate {
    /// What becomes of `ip` that wants to `reaches`, widest first.
    pub(crate) fn judge(&self, reaches: &[Reach], ip: IpAddr, now: i64) -> Judgement {
        let ip = ip.to_canonical();
        let lists = self.read();
        if lists.banned.is_empty() && lists.rules.is_empty() {
            return Judgement::Unknown;
        }
        if lists.never.iter().any(|range| range.contains(ip)) {
            return Judgement::NeverBanned;
        }
        let mut judgement = Judgement::Unknown;
        for reach in reaches {
            if let Some(ban) = lists.ban(*reach, ip, now) {
                return Judgement::Banned(ban);
            }
            let Some(set) = lists.rules.get(reach) else { continue };
            match set.first(ip) {
                Some(rule) if rule.entry.action == RuleAction::Deny => return Judgement::Denied(rule.clone()),
                Some(rule) => judgement = Judgement::Allowed(rule.clone()),
                None if set.exclusive => return Judgement::NotListed,
                None => {}
            }
        }
        judgement
    }

    /// Ok if `ip` may go to `reaches`; otherwise whatever turns it away counts one more.
    pub(crate) fn check(&self, reaches: &[Reach], ip: IpAddr, now: i64) -> Result<(), Refusal> {
        match self.judge(reaches, ip, now) {
            Judgement::Banned(ban) => {
                ban.hit(now);
                Err(Refusal::Banned { minutes: minutes(ban.entry.expires - now) })
            }
            Judgement::Denied(rule) => {
                rule.hit(now);
                Err(Refusal::NotAllowed)
            }
            Judgement::NotListed => Err(Refusal::NotAllowed),
            Judgement::Unknown | Judgement::NeverBanned | Judgement::Allowed(_) => Ok(()),
        }
    }

    /// The addresses that nothing turns away.
    pub(crate) fn never_banned(&self) -> Vec<AddressRange> {
        self.read().never.clone()
    }

    /// Replaces them.
    pub(crate) fn set_never_banned(&self, never: Vec<AddressRange>) {
        self.write().never = never;
    }

    /// Bans in force, oldest first.
    pub(crate) fn bans(&self, now: i64) -> Vec<Arc<Counted<StoredBan>>> {
        let mut bans: Vec<_> = self.read().bans.values().filter(|ban| ban.entry.expires > now).cloned().collect();
        bans.sort_unstable_by_key(|ban| ban.entry.id);
        bans
    }

    /// The ban, while it is in force.
    pub(crate) fn ban(&self, id: BanId, now: i64) -> Option<Arc<Counted<StoredBan>>> {
        self.read().bans.get(&id).filter(|ban| ban.entry.expires > now).cloned()
    }

    /// Puts a ban in force.
    pub(crate) fn add_ban(&self, ban: StoredBan) {
        let mut lists = self.write();
        lists.banned.entry(ban.reach.reach).or_default().insert(&ban.address, &ban.id);
        let (hits, last_hit) = (ban.hits, ban.last_hit);
        lists.bans.insert(ban.id, Counted::new(ban, hits, last_hit));
    }

    /// Lifts a ban.
    pub(crate) fn remove_ban(&self, id: BanId) {
        let mut lists = self.write();
        let Some(ban) = lists.bans.remove(&id) else { return };
        if let Some(networks) = lists.banned.get_mut(&ban.entry.reach.reach) {
            networks.remove(&ban.entry.address, &id);
        }
    }

    /// All lists that are not empty.
    pub(crate) fn rule_sets(&self) -> Vec<RuleSet> {
        self.read().rules.values().cloned().collect()
    }

    /// The list of `reach`.
    pub(crate) fn rule_set(&self, reach: Reach) -> RuleSet {
        self.read().rules.get(&reach).cloned().unwrap_or_default()
    }

    /// The rule.
    pub(crate) fn rule(&self, id: RuleId) -> Option<Arc<Counted<StoredRule>>> {
        self.read().rules.values().flat_map(|set| &set.rules).find(|rule| rule.entry.id == id).cloned()
    }

    /// Puts a list in force.
    pub(crate) fn set_rules(&self, reach: Reach, set: RuleSet) {
        let mut lists = self.write();
        if set.rules.is_empty() {
            lists.rules.remove(&reach);
        } else {
            lists.rules.insert(reach, set);
        }
    }

    /// Forgets bans and rules for what is no more; the store has none for it.
    pub(crate) fn forget(&self, reaches: &[Reach]) {
        let mut lists = self.write();
        lists.bans.retain(|_, ban| !reaches.contains(&ban.entry.reach.reach));
        for reach in reaches {
            lists.banned.remove(reach);
            lists.rules.remove(reach);
        }
    }

    /// Forgets bans that are over.
    fn forget_expired(&self, now: i64) {
        let over: Vec<_> =
            self.read().bans.values().filter(|ban| ban.entry.expires <= now).map(|ban| ban.entry.id).collect();
        for id in over {
            self.remove_ban(id);
        }
    }

    fn news(&self) -> Vec<Step> {
        let lists = self.read();
        let bans = lists.bans.values().filter_map(|ban| ban.news().map(|(n, at)| Step::BanHits(ban.entry.id, n, at)));
        let rules = lists.rules.values().flat_map(|set| &set.rules);
        let rules = rules.filter_map(|rule| rule.news().map(|(n, at)| Step::RuleHits(rule.entry.id, n, at)));
        bans.chain(rules).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Lists> {
        self.lists.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Lists> {
        self.lists.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lists {
    /// The ban that lasts longest.
    fn ban(&self, reach: Reach, ip: IpAddr, now: i64) -> Option<Arc<Counted<StoredBan>>> {
        let bans = self.banned.get(&reach)?.containing(ip).filter_map(|id| self.bans.get(id));
        bans.filter(|ban| ban.entry.expires > now).max_by_key(|ban| ban.entry.expires).cloned()
    }
}

/// Minutes that begin before `ms` have passed.
pub(crate) fn minutes(ms: i64) -> i64 {
    ms.div_euclid(60_000) + 1
}

/// A rule that was just made, or changed and keeps its count.
pub(crate) fn counted(rule: StoredRule) -> Arc<Counted<StoredRule>> {
    let (hits, last_hit) = (rule.hits, rule.last_hit);
    Counted::new(rule, hits, last_hit)
}

impl Core {
    /// Puts bans and rules of the store in force. Once, before anybody is let in.
    pub async fn load_gate(&self) -> Result<(), StoreError> {
        for ban in bans::list(&self.store, self.clock.now()).await? {
            self.gate.add_ban(ban);
        }
        let mut sets: HashMap<Reach, Vec<_>> = HashMap::new();
        for rule in rules::list(&self.store).await? {
            sets.entry(rule.reach.reach).or_default().push(counted(rule));
        }
        for (reach, rules) in sets {
            self.gate.set_rules(reach, RuleSet::new(rules));
        }
        Ok(())
    }

    /// Addresses that no ban or rule turns away: ourselves, proxies. Sessions that are there stay.
    pub fn set_never_banned(&self, never: Vec<AddressRange>) {
        self.gate.set_never_banned(never);
    }

    /// Forgets what is over and stores how often bans and rules turned somebody away. Now and then.
    pub async fn tidy_gate(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.gate.forget_expired(now);
        bans::delete_expired(&self.store, now).await?;
        let news = self.gate.news();
        if news.is_empty() { Ok(()) } else { together::commit(&self.store, &news).await }
    }
}
