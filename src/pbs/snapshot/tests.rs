use super::*;
use proptest::prelude::*;
use std::sync::atomic::AtomicUsize;
use tokio::sync::{Semaphore, oneshot};

/// A server whose list is the number of writes it has carried out, and which answers when told.
#[derive(Default)]
struct Server {
    writes: AtomicU64,
    fetches: AtomicUsize,
    pending: Mutex<Vec<oneshot::Sender<()>>>,
}

impl Server {
    async fn list(self: Arc<Self>) -> Result<u64> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let (answer, answered) = oneshot::channel();
        // What is listed is decided somewhere between question and answer; the worst is at once.
        let found = self.writes.load(Ordering::SeqCst);
        self.pending.lock().unwrap().push(answer);
        let _ = answered.await;
        Ok(found)
    }

    fn answer_all(&self) {
        for answer in self.pending.lock().unwrap().drain(..) {
            let _ = answer.send(());
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Somebody wants the list.
    Read,
    /// Somebody who wanted the list goes away.
    DropReader,
    /// A write is carried out by the server, whose answer is still on its way.
    Carry,
    /// The oldest such write ends, with or without an answer.
    End,
    /// The server answers every list that was asked for.
    Answer,
    /// Time goes by.
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Read),
        1 => Just(Step::DropReader),
        2 => Just(Step::Carry),
        2 => Just(Step::End),
        2 => Just(Step::Answer),
        1 => (1u64..40).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..60)
}

proptest! {
    /// The model: whoever asks sees at least every write that had ended when they asked, and no
    /// list that was asked for more than 30 s before they came.
    #[test]
    fn nobody_reads_what_an_ended_write_has_made_untrue(steps in steps()) {
        runtime().block_on(async {
            let server = Arc::new(Server::default());
            let snapshot = Arc::new(Snapshot::<u64>::default());
            let epochs = Arc::new(Epochs::default());
            let (mut under_way, mut ended, mut readers) = (Vec::new(), 0, Vec::new());
            for step in steps {
                match step {
                    Step::Read => {
                        let (server, snapshot, epochs) =
                            (server.clone(), snapshot.clone(), epochs.clone());
                        let at_least = ended;
                        readers.push(tokio::spawn(async move {
                            let fetch = || Server::list(server);
                            let found = snapshot.read(&epochs, &[Area::Acl], fetch).await.unwrap();
                            (at_least, *found)
                        }));
                        settle().await;
                    }
                    Step::DropReader => {
                        if let Some(reader) = readers.pop() {
                            reader.abort();
                        }
                    }
                    Step::Carry => {
                        under_way.push(epochs.advance_on_drop(&[Area::Acl]));
                        server.writes.fetch_add(1, Ordering::SeqCst);
                    }
                    Step::End => {
                        if !under_way.is_empty() {
                            drop(under_way.remove(0));
                            ended += 1;
                        }
                    }
                    Step::Answer => {
                        server.answer_all();
                        settle().await;
                    }
                    Step::Wait(seconds) => tokio::time::advance(Duration::from_secs(seconds)).await,
                }
            }
            settle().await;
            server.answer_all();
            for reader in readers {
                if let Ok((at_least, found)) = reader.await {
                    assert!(found >= at_least, "saw {found} writes, {at_least} had ended");
                }
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_readers_share_one_fetch() {
    let server = Arc::new(Server::default());
    let (snapshot, epochs) = (Snapshot::<u64>::default(), Epochs::default());
    let reads = (0..100).map(|_| {
        let server = server.clone();
        snapshot.read(&epochs, &[Area::Users], || Server::list(server))
    });
    let all = futures(reads);
    let answering = async {
        settle().await;
        server.answer_all();
    };
    let (found, ()) = tokio::join!(all, answering);
    assert_eq!(found.into_iter().filter(Result::is_ok).count(), 100);
    assert_eq!(server.fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn only_the_areas_that_matter_make_a_list_untrue() {
    let (snapshot, epochs) = (Snapshot::<u64>::default(), Epochs::default());
    let fetches = AtomicU64::new(0);
    let read = |area| {
        let number = || fetches.fetch_add(1, Ordering::SeqCst);
        let fetch = move || {
            let found = number();
            async move { Ok(found) }
        };
        snapshot.read(&epochs, area, fetch)
    };
    assert_eq!(*read(&[Area::Users]).await.unwrap(), 0);
    drop(epochs.advance_on_drop(&[Area::Tokens]));
    assert_eq!(*read(&[Area::Users]).await.unwrap(), 0, "a token is no user");
    assert_eq!(*read(&[Area::Tokens]).await.unwrap(), 1);
    assert_eq!(*read(&[Area::Users, Area::Tokens]).await.unwrap(), 1);
    tokio::time::advance(LONGEST - Duration::from_millis(1)).await;
    assert_eq!(*read(&[Area::Users]).await.unwrap(), 1);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(*read(&[Area::Users]).await.unwrap(), 2, "too old");
}

#[tokio::test]
async fn an_error_is_shared_but_not_kept() {
    let (snapshot, epochs) = (Snapshot::<u64>::default(), Epochs::default());
    let fails = || async { Err(Error::Config("down".to_owned())) };
    assert!(snapshot.read(&epochs, &[Area::Acl], fails).await.is_err());
    assert_eq!(*snapshot.read(&epochs, &[Area::Acl], || async { Ok(7) }).await.unwrap(), 7);
}

#[tokio::test]
async fn a_panic_strands_nobody() {
    let (snapshot, epochs) = (Snapshot::<u64>::default(), Epochs::default());
    let panics = || async { panic!("on purpose") };
    assert!(snapshot.read(&epochs, &[Area::Acl], panics).await.is_err());
    assert_eq!(*snapshot.read(&epochs, &[Area::Acl], || async { Ok(7) }).await.unwrap(), 7);
}

#[tokio::test]
async fn a_reader_who_goes_away_strands_nobody() {
    let (snapshot, epochs) = (Snapshot::<u64>::default(), Epochs::default());
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let waits = || async move {
        let _ = opened.acquire().await;
        Ok(7)
    };
    let mut first = Box::pin(snapshot.read(&epochs, &[Area::Acl], waits));
    tokio::select! { biased;
        _ = &mut first => panic!("it cannot be there yet"),
        () = settle() => {}
    }
    let second = snapshot.read(&epochs, &[Area::Acl], || async { Ok(8) });
    drop(first);
    gate.add_permits(1);
    assert_eq!(*second.await.unwrap(), 7);
}

/// Waits for all of them at the same time.
async fn futures<F: Future>(each: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = each.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in waiting.iter_mut().filter(|(_, output)| output.is_none()) {
            if let std::task::Poll::Ready(found) = future.as_mut().poll(context) {
                *output = Some(found);
            }
        }
        match waiting.iter().all(|(_, output)| output.is_some()) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    waiting.into_iter().filter_map(|(_, output)| output).collect()
}
