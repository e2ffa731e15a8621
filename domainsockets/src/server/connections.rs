//! Who is connected.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use tokio::task::Id;

use super::connection::Connection;
use super::processes::{Incarnation, Processes};
use super::quota::{UserLimits, UserQuota};
use super::rate_limit::TokenBucket;
use crate::peer::Credentials;
use crate::transport::Process;
use crate::wire::SetupMsg;

/// The connections of a server, by their clients' users, processes and sockets.
#[derive(Debug)]
pub(super) struct Connections {
    limits: UserLimits,
    open: HashMap<Id, Entry>,
    /// Of whom nothing has come yet, the longest waiting first; and some who have written since.
    half_open: Vec<Id>,
    max_half_open: usize,
    /// Those that made room for others, some of which are gone by now.
    evicted: Vec<Id>,
    /// The sockets of both ends of each connection.
    names: HashSet<SetupMsg>,
    users: HashMap<u32, User>,
    pub(super) processes: Processes,
}

#[derive(Debug)]
struct Entry {
    connection: Arc<Connection>,
    process: Incarnation,
    names: [SetupMsg; 2],
}

#[derive(Debug)]
struct User {
    quota: Arc<UserQuota>,
    setups: TokenBucket,
}

impl Connections {
    pub(super) fn new(limits: UserLimits, max_half_open: usize) -> Self {
        Self {
            limits,
            open: HashMap::new(),
            half_open: Vec::new(),
            max_half_open,
            evicted: Vec::new(),
            names: HashSet::new(),
            users: HashMap::new(),
            processes: Processes::default(),
        }
    }

    /// Whether this user's setup message is to be looked at, which counts it.
    pub(super) fn take_setup(&mut self, now: Instant, uid: u32) -> bool {
        self.user(now, uid).setups.take(now)
    }

    /// Whether this user may have another connection.
    pub(super) fn may_connect(&mut self, now: Instant, uid: u32) -> bool {
        self.user(now, uid).quota.has_connection_left()
    }

    /// What this user's connections share.
    pub(super) fn quota(&mut self, now: Instant, uid: u32) -> Arc<UserQuota> {
        Arc::clone(&self.user(now, uid).quota)
    }

    /// Whether a socket of this name belongs to a connection.
    pub(super) fn is_connected(&self, name: &SetupMsg) -> bool {
        self.names.contains(name)
    }

    /// Whether so many connections that made room for others have not gone yet that the next ones had
    /// better wait: what they hold is free only when their tasks have run.
    pub(super) fn is_evicting(&mut self) -> bool {
        if self.evicted.len() < MAX_EVICTING {
            return false;
        }
        let open = &self.open;
        self.evicted.retain(|id| {
            let entry = open.get(id);
            entry.is_some_and(|entry| !entry.connection.is_open())
        });
        MAX_EVICTING <= self.evicted.len()
    }

    /// Adds a connection, with the names of its sockets and its client's process.
    pub(super) fn add(
        &mut self,
        now: Instant,
        id: Id,
        names: [SetupMsg; 2],
        connection: Arc<Connection>,
        process: Process,
    ) {
        self.names.extend(names);
        let process = self.processes.join(now, connection.peer.pid, process);
        let entry = Entry {
            connection,
            process,
            names,
        };
        self.open.insert(id, entry);
        self.evict_half_open();
        self.half_open.push(id);
    }

    /// Removes a connection that has ended.
    pub(super) fn remove(&mut self, id: Id) {
        if let Some(Entry { process, names, .. }) = self.open.remove(&id) {
            for name in &names {
                self.names.remove(name);
            }
            self.processes.leave(process);
        }
    }

    /// Waits until a process has ended, and ends its connections; for ever while there is none.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub(super) async fn end_dead(&mut self) {
        let ended = self.processes.ended().await;
        for entry in self.open.values() {
            if entry.process == ended {
                entry.connection.abandon();
            }
        }
    }

    /// The connections.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Connection> {
        self.open.values().map(|entry| &*entry.connection)
    }

    /// Ends a connection of which nothing has come, if there are too many: the oldest one of the
    /// process that has most of them, of the user who has.
    ///
    /// So nobody is evicted but by his own, as long as others have more. There is no other limit to
    /// how long a client may say nothing than to those who have spoken: one of the Go package says
    /// nothing before its first call.
    fn evict_half_open(&mut self) {
        let Self {
            half_open, open, ..
        } = self;
        if half_open.len() < self.max_half_open {
            return;
        }
        half_open.retain(|id| {
            let connection = open.get(id).map(|entry| &entry.connection);
            connection.is_some_and(|connection| !connection.has_received())
        });
        if half_open.len() < self.max_half_open {
            return;
        }
        let peers: Vec<Credentials> = half_open
            .iter()
            .filter_map(|id| open.get(id).map(|entry| entry.connection.peer))
            .collect();
        let of_user = |uid| peers.iter().filter(|peer| peer.uid == uid).count();
        let of_process = |pid| peers.iter().filter(|peer| peer.pid == pid).count();
        let evicted = peers
            .iter()
            .enumerate()
            .max_by_key(|(index, peer)| {
                (
                    of_user(peer.uid),
                    of_process(peer.pid),
                    std::cmp::Reverse(*index),
                )
            })
            .map(|(index, _)| half_open.remove(index));
        if let Some((id, entry)) = evicted.and_then(|id| open.get_key_value(&id)) {
            entry.connection.evict();
            self.evicted.push(*id);
        }
    }

    fn user(&mut self, now: Instant, uid: u32) -> &mut User {
        if MAX_UNUSED_USERS <= self.users.len() && !self.users.contains_key(&uid) {
            // Of the others there is nothing to be remembered.
            self.users
                .retain(|_, user| !user.quota.is_unused() || !user.setups.is_full(now));
        }
        let limits = &self.limits;
        self.users.entry(uid).or_insert_with(|| User {
            quota: Arc::new(UserQuota::new(limits.clone())),
            setups: TokenBucket::new(limits.max_setups_per_second, now),
        })
    }
}

/// How many connections may be leaving while others are made.
const MAX_EVICTING: usize = 8;

/// How many users are remembered before those are forgotten who are not connected.
const MAX_UNUSED_USERS: usize = 64;
