//! The daemon's implementation of the service.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domainsockets::Context;

use crate::job::Job;
use crate::service::{self, Chunk, JobError, Jobs, State};

/// Runs each job in its own task.
#[derive(Default)]
pub(crate) struct Runner {
    jobs: Mutex<BTreeMap<u64, Arc<Job>>>,
}

impl Runner {
    fn jobs(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Job>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: u64) -> Result<Arc<Job>, JobError> {
        let job = self.jobs().get(&id).cloned();
        job.ok_or(JobError::Unknown(id))
    }
}

impl Jobs for Runner {
    async fn submit(&self, ctx: &Context, program: &str, args: &[String]) -> Result<u64, JobError> {
        let peer = ctx
            .peer()
            .ok_or_else(|| JobError::NotStarted("the caller is remote".to_owned()))?;
        let (job, child) = Job::start(program, args, peer)
            .map_err(|error| JobError::NotStarted(error.to_string()))?;
        let job = Arc::new(job);
        let id = {
            let mut jobs = self.jobs();
            let id = jobs.last_key_value().map_or(1, |(last, _)| last + 1);
            jobs.insert(id, Arc::clone(&job));
            id
        };
        tokio::spawn(async move { job.attend(child).await });
        Ok(id)
    }

    fn list(&self) -> Vec<service::Job> {
        let jobs = self.jobs();
        let listed = jobs.iter().map(|(id, job)| service::Job {
            id: *id,
            command: job.command.clone(),
            user: job.user,
            state: job.state(),
        });
        listed.collect()
    }

    fn status(&self, id: u64) -> Result<State, JobError> {
        Ok(self.find(id)?.state())
    }

    async fn wait(&self, id: u64) -> Result<State, JobError> {
        Ok(self.find(id)?.ended().await)
    }

    async fn cancel(&self, ctx: &Context, id: u64) -> Result<(), JobError> {
        let job = self.find(id)?;
        if !ctx
            .peer()
            .is_some_and(|peer| [job.user, 0].contains(&peer.uid()))
        {
            return Err(JobError::NotYours);
        }
        if job.state() != State::Running {
            return Err(JobError::Ended);
        }
        job.cancel();
        Ok(())
    }

    async fn logs(&self, id: u64, from: u64) -> Result<Chunk, JobError> {
        Ok(self.find(id)?.printed(from).await)
    }
}
