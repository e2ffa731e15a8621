//! The connections of a server, and the eviction of half-open ones.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use tokio::task::{Id, JoinError};

use super::connection::Connection;
use super::processes::{Incarnation, Processes};
use super::quota::{UserLimits, UserQuota};
use super::rate_limit::TokenBucket;
use crate::peer::Credentials;
use crate::transport::Process;
use crate::wire::SetupMsg;

/// The connections of a server, with the users, processes and sockets of their clients.
#[derive(Debug)]
pub(super) struct Connections {
    limits: UserLimits,
    open: HashMap<Id, Entry>,
    /// Half-open connections, oldest first: those without a message from the client. May include connections that
    /// have received data since; those are removed lazily.
    half_open: Vec<Id>,
    max_half_open: usize,
    /// The largest number of connections.
    max_open: usize,
    /// Evicted connections. Some may have ended by now.
    evicted: Vec<Id>,
    /// The names of both sockets of each connection.
    names: HashSet<SetupMsg>,
    users: HashMap<u32, User>,
    pub(super) processes: Processes,
}

#[derive(Debug)]
struct Entry {
    connection: Arc<Connection>,
    /// `None` if the process ended during the handshake.
    process: Option<Incarnation>,
    /// `None` if the client has passed one end of a socket pair.
    names: Option<[SetupMsg; 2]>,
}

#[derive(Debug)]
struct User {
    quota: Arc<UserQuota>,
    setups: TokenBucket,
}

impl Connections {
    pub(super) fn new(limits: UserLimits, max_half_open: usize, max_open: usize) -> Self {
        Self {
            limits,
            open: HashMap::new(),
            half_open: Vec::new(),
            max_half_open,
            max_open,
            evicted: Vec::new(),
            names: HashSet::new(),
            users: HashMap::new(),
            processes: Processes::default(),
        }
    }

    /// Counts a setup message of this user. Returns whether it is within the rate limit.
    pub(super) fn take_setup(&mut self, now: Instant, uid: u32) -> bool {
        self.user(now, uid).setups.take(now)
    }

    /// Returns whether there are as many connections as there may be.
    pub(super) fn is_full(&self) -> bool {
        self.max_open <= self.open.len()
    }

    /// Returns whether this user may have another connection.
    pub(super) fn may_connect(&mut self, now: Instant, uid: u32) -> bool {
        self.user(now, uid).quota.has_connection_left()
    }

    /// Returns the quota of this user, which its connections share.
    pub(super) fn quota(&mut self, now: Instant, uid: u32) -> Arc<UserQuota> {
        Arc::clone(&self.user(now, uid).quota)
    }

    /// Returns whether a socket of this name belongs to a connection.
    pub(super) fn is_connected(&self, name: &SetupMsg) -> bool {
        self.names.contains(name)
    }

    /// Returns whether so many evicted connections have not ended yet that the next clients have to wait. An evicted
    /// connection keeps its descriptors until its task has run.
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

    /// Adds a connection. With the handshake by files, which its sockets' names show, it is half-open: evicts another one
    /// if there are too many.
    pub(super) fn add(
        &mut self,
        now: Instant,
        id: Id,
        names: Option<[SetupMsg; 2]>,
        connection: Arc<Connection>,
        process: Option<Process>,
    ) {
        self.names.extend(names.into_iter().flatten());
        let pid = connection.peer.pid;
        let process = process.map(|process| self.processes.join(now, pid, process));
        let entry = Entry {
            connection,
            process,
            names,
        };
        self.open.insert(id, entry);
        if names.is_some() {
            self.evict_half_open();
            self.half_open.push(id);
        }
    }

    /// Removes a connection whose driver's task has ended.
    pub(super) fn remove_ended(&mut self, ended: &Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        if let Some(Entry { process, names, .. }) = self.open.remove(&id) {
            for name in names.iter().flatten() {
                self.names.remove(name);
            }
            if let Some(process) = process {
                self.processes.leave(process);
            }
        }
    }

    /// Waits until a client's process ends, and ends its connections once its requests are dispatched. Waits indefinitely while there is no process.
    ///
    /// # Cancel safety
    ///
    /// This method is cancel safe.
    pub(super) async fn end_dead(&mut self) {
        let ended = self.processes.ended().await;
        for entry in self.open.values() {
            if entry.process == Some(ended) {
                entry.connection.lose();
            }
        }
    }

    /// Returns the connections.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Connection> {
        self.open.values().map(|entry| &*entry.connection)
    }

    /// Evicts a half-open connection if there are too many. Of the user that has the most, and of that user's process
    /// that has the most, it is the oldest one. So a user's connections are evicted only for its own ones, as long
    /// as it does not have the most.
    ///
    /// Half-open connections have no shorter timeout than others, since a client of the Go package sends nothing
    /// before its first call.
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
            // An unused user with a full token bucket is as good as a new one.
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

/// How many evicted connections may exist while others are accepted.
const MAX_EVICTING: usize = 8;

/// How many users are kept before those without a connection are removed.
const MAX_UNUSED_USERS: usize = 64;
