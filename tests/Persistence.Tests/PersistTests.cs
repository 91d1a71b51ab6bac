using Akka.Actor;

namespace CubeActors.Persistence.Tests;

public sealed class PersistTests : JournalTest
{
    [Fact]
    public void A_handler_runs_only_after_the_event_is_durable()
    {
        Action? write = null;
        using var journal = SqliteJournal.Open(FilePath, Events, new JournalSettings { RunOn = work => write = work });
        var ledger = SpawnLedger(journal);
        Step(); // the snapshot is read, and with it that there are no events
        ledger.Tell(new Ledger.Add("one"), TestActor);
        ExpectNoMsg();
        Step();
        ExpectMsg(Words("one", 1));

        void Step()
        {
            RunUntilIdle();
            Interlocked.Exchange(ref write, null)!.Invoke();
        }
    }

    [Fact]
    public void Commands_wait_while_a_write_is_under_way_and_keep_their_order()
    {
        var ledger = StartLedger(OpenJournal());
        ledger.Tell(new Ledger.Add("one", "two"), TestActor);
        ledger.Tell(new Ledger.Get(), TestActor);
        ledger.Tell(new Ledger.Add("three"), TestActor);
        ledger.Tell(new Ledger.Get(), TestActor);
        ExpectMsg(Words("one", 1));
        ExpectMsg(Words("one two", 2));
        ExpectMsg(Words("one two", 2));
        ExpectMsg(Words("one two three", 3));
        ExpectMsg(Words("one two three", 3));
    }

    [Fact]
    public void An_event_persisted_in_a_handler_is_written_before_the_next_command()
    {
        var ledger = StartLedger(OpenJournal());
        ledger.Tell(new Ledger.AddInTwoSteps("one", "two"), TestActor);
        ledger.Tell(new Ledger.Get(), TestActor);
        ExpectMsg(Words("one", 1));
        ExpectMsg(Words("one two", 2));
        ExpectMsg(Words("one two", 2));
    }

    [Fact]
    public void The_sender_in_a_handler_is_the_sender_of_the_command()
    {
        var (ledger, other) = (StartLedger(OpenJournal()), CreateTestProbe());
        ledger.Tell(new Ledger.Add("one"), TestActor);
        ledger.Tell(new Ledger.Add("two"), other);
        ExpectMsg(Words("one", 1));
        other.ExpectMsg(Words("one two", 2));
    }

    [Fact]
    public void A_deferred_handler_runs_after_the_handlers_before_it()
    {
        var ledger = StartLedger(OpenJournal());
        ledger.Tell(new Ledger.Defer("one", "mark"), TestActor);
        ExpectMsg(Words("one", 1));
        ExpectMsg("mark");
    }

    [Fact]
    public void A_command_that_finds_the_stash_full_becomes_a_dead_letter_and_is_warned_of_once()
    {
        var ledger = StartLedger(OpenJournal(), options: new Ledger.Options { StashCapacity = 2 });
        EventFilter.Warning(contains: "a has 2 commands waiting").ExpectOne(() => EventFilter.DeadLetter<Ledger.Get>().Expect(2, () =>
        {
            ledger.Tell(new Ledger.Add("one"), TestActor);
            for (var i = 0; i < 4; i++) ledger.Tell(new Ledger.Get(), TestActor);
        }));
        ExpectMsg(Words("one", 1));
        Assert.Equal([Words("one", 1), Words("one", 1)], ReceiveN(2));
        ExpectNoMsg();
        Witness.ExpectMsg(new Ledger.Overflowed(new Ledger.Get()));
        Witness.ExpectMsg(new Ledger.Overflowed(new Ledger.Get()));
    }

    [Fact]
    public void A_failed_write_is_reported_and_stops_the_actor()
    {
        using (OpenJournal()) { }
        Sql("CREATE TRIGGER full BEFORE INSERT ON events WHEN NEW.seq = 2 BEGIN SELECT RAISE(FAIL, 'no more'); END");
        var ledger = Watch(StartLedger(OpenJournal()));
        ledger.Tell(new Ledger.Add("one"), TestActor);
        ExpectMsg(Words("one", 1));
        ledger.Tell(new Ledger.Add("two"), TestActor);
        ledger.Tell(new Ledger.Get(), TestActor);
        EventFilter.Error(contains: "Failed to persist").ExpectOne(() => EventFilter.DeadLetter<Ledger.Get>().ExpectOne(RunUntilIdle));
        var failed = Witness.ExpectMsg<Ledger.PersistFailed>();
        Assert.Contains("no more", failed.Reason, StringComparison.Ordinal);
        Assert.Equal((new WordAdded("two"), 2L), (failed.Event, failed.SequenceNr));
        ExpectTerminated(ledger);
    }

    [Fact]
    public void Events_persisted_together_are_stored_all_or_none()
    {
        using (OpenJournal()) { }
        Sql("CREATE TRIGGER second BEFORE INSERT ON events WHEN NEW.seq = 2 BEGIN SELECT RAISE(ABORT, 'no more'); END");
        var journal = OpenJournal();
        var ledger = Watch(StartLedger(journal));
        ledger.Tell(new Ledger.Add("one", "two"), Witness);
        ExpectTerminated(ledger);
        Witness.ExpectMsg<Ledger.PersistFailed>();
        ExpectWords(StartLedger(journal), "", 0);
    }

    [Fact]
    public void A_full_journal_stops_the_writer_with_a_sentence_that_names_the_file_and_keeps_what_it_had()
    {
        var journal = OpenJournal(settings: new JournalSettings { FileBytesMax = 64 * 1024 });
        var ledger = StartLedger(journal);
        ledger.Tell(new Ledger.Add("one"), Witness);
        Witness.ExpectMsg(Words("one", 1));
        ledger.Tell(new Ledger.Add(new string('x', 200_000)), Witness);
        Assert.StartsWith(
            $"The journal '{FilePath}' cannot grow: its disk is full, or its size limit is reached",
            Witness.ExpectMsg<Ledger.PersistFailed>().Reason, StringComparison.Ordinal);
        var again = SpawnLedger(journal);
        again.Tell(new Ledger.Add("two"), TestActor);
        ExpectMsg(Words("one two", 2));
    }

    [Fact]
    public void A_write_without_an_answer_in_time_stops_the_actor()
    {
        var stalled = false;
        var journal = SqliteJournal.Open(FilePath, Events, new JournalSettings { RunOn = work => { if (!stalled) Loop.Post(work); } });
        var ledger = Watch(StartLedger(journal));
        stalled = true;
        ledger.Tell(new Ledger.Add("one"), TestActor);
        Advance(TimeSpan.FromSeconds(30));
        Assert.Equal($"The journal '{FilePath}' gave no answer for 00:00:30.", Witness.ExpectMsg<Ledger.PersistFailed>().Reason);
        ExpectTerminated(ledger);
        journal.Dispose();
    }

    [Fact]
    public void A_write_that_a_full_queue_refuses_is_rejected_and_the_actor_goes_on()
    {
        var stalled = false;
        var held = new Queue<Action>();
        using var journal = SqliteJournal.Open(FilePath, Events, new JournalSettings
        {
            QueuedRequestsMax = 1,
            RunOn = work => { if (stalled) held.Enqueue(work); else Loop.Post(work); },
        });
        var (first, second) = (StartLedger(journal, "first"), StartLedger(journal, "second"));
        stalled = true;
        first.Tell(new Ledger.Add("one"), TestActor);
        second.Tell(new Ledger.Add("lost"), TestActor);
        ExpectNoMsg();
        Assert.Equal(
            new Ledger.PersistRejected($"The journal '{FilePath}' has 1 requests waiting and takes no more.", new WordAdded("lost"), 1),
            Witness.ExpectMsg<Ledger.PersistRejected>());

        stalled = false;
        held.Dequeue()();
        ExpectMsg(Words("one", 1));
        second.Tell(new Ledger.Add("kept"), TestActor);
        ExpectMsg(Words("kept", 1));
    }

    [Fact]
    public void Two_actors_that_share_an_id_are_told_so_by_the_second_write()
    {
        var journal = OpenJournal();
        var (first, second) = (StartLedger(journal), Watch(StartLedger(journal)));
        first.Tell(new Ledger.Add("one"), TestActor);
        ExpectMsg(Words("one", 1));
        second.Tell(new Ledger.Add("also one"), TestActor);
        RunUntilIdle();
        Assert.Contains("do two actors share the id?", Witness.ExpectMsg<Ledger.PersistFailed>().Reason, StringComparison.Ordinal);
        ExpectTerminated(second);
    }

    [Fact]
    public void An_unregistered_event_fails_the_command_and_not_the_journal()
    {
        var ledger = StartLedger(OpenJournal());
        EventFilter.Exception<InvalidOperationException>(contains: "System.Version has no manifest")
            .ExpectOne(() => ledger.Tell(new Ledger.Persisting(new Version(1, 0)), TestActor));
        ledger.Tell(new Ledger.Add("one"), TestActor);
        ExpectMsg(Words("one", 1));
    }

    [Fact]
    public void An_event_above_the_limit_is_refused_before_it_is_queued()
    {
        var ledger = StartLedger(OpenJournal());
        EventFilter.Exception<ArgumentException>(contains: "the limit is 1048576")
            .ExpectOne(() => ledger.Tell(new Ledger.Add(new string('x', EventRegistry.EventBytesMax)), TestActor));
    }

    [Fact]
    public void A_handler_that_throws_restarts_the_actor_which_then_recovers_the_event()
    {
        var ledger = StartLedger(OpenJournal(), options: new Ledger.Options { ThrowInHandlerOf = "one" });
        EventFilter.Exception<InvalidOperationException>("told to fail in a handler")
            .ExpectOne(() => ledger.Tell(new Ledger.Add("one"), TestActor));
        Witness.ExpectMsg(new Ledger.Recovered("one 1 True"));
        ExpectWords(ledger, "one", 1);
    }

    [Theory]
    [InlineData("one", 1)]
    [InlineData("refused", 0)]
    public void An_actor_restarted_from_outside_during_a_write_drops_the_answer_to_its_former_life(string word, int durable)
    {
        using (OpenJournal()) { }
        Sql(
            "CREATE TRIGGER no BEFORE INSERT ON events WHEN CAST(NEW.payload AS TEXT) LIKE '%refused%' "
            + "BEGIN SELECT RAISE(ABORT, 'no'); END");
        var held = new Queue<Action>();
        using var journal = SqliteJournal.Open(FilePath, Events, new JournalSettings { RunOn = held.Enqueue });
        var ledger = SpawnLedger(journal);
        RunUntilIdle();
        held.Dequeue()();
        ledger.Tell(new Ledger.Add(word), TestActor);
        RunUntilIdle();
        ((IInternalActorRef)ledger).Restart(new IOException("a sibling failed"));
        ledger.Tell(new Ledger.Get(), TestActor);
        RunUntilIdle();
        while (held.TryDequeue(out var work))
        {
            work();
            RunUntilIdle();
        }
        // The answer of Get; neither the handler nor OnPersistFailure of the former life ran.
        ExpectMsg(Words(durable == 1 ? word : "", durable));
        ExpectNoMsg();
        Assert.All(Witness.ReceiveN(2 + durable), heard => Assert.IsType<Ledger.Recovered>(heard));
        Witness.ExpectNoMsg();
    }

    [Fact]
    public void A_timer_that_fires_during_a_write_waits_like_a_command()
    {
        using var journal = OpenJournal();
        var ticking = Sys.ActorOf(Props.Create(() => new Ticking(journal, Witness)));
        Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(["tick 1", "tick 2", "tick 3"], Witness.ReceiveN(3));
        Stop(ticking);
        Witness.ExpectNoMsg(TimeSpan.FromSeconds(10));
    }

    private sealed class Ticking : ReceivePersistentActor, IWithTimers
    {
        public Ticking(SqliteJournal journal, IActorRef witness) : base(journal) =>
            Command<string>(tick => Persist(new WordAdded(tick), _ => witness.Tell($"{tick} {LastSequenceNr}")));

        public ITimerScheduler Timers { get; set; } = null!;
        public override string PersistenceId => "ticking";
        protected override void PreStart() => Timers.StartPeriodicTimer("tick", "tick", TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Behaviour_changes_by_Become_and_an_unknown_command_is_unhandled()
    {
        using var journal = OpenJournal();
        var door = Sys.ActorOf(Props.Create(() => new Door(journal)));
        foreach (var command in (string[])["knock", "open", "knock", "close", "knock"]) door.Tell(command, TestActor);
        Assert.Equal(["closed", "open", "closed"], ReceiveN(3));
        Sys.EventStream.Subscribe(TestActor, typeof(Akka.Event.UnhandledMessage));
        door.Tell(5, TestActor);
        Assert.Equal(5, ExpectMsg<Akka.Event.UnhandledMessage>().Message);
    }

    private sealed class Door : ReceivePersistentActor
    {
        public Door(SqliteJournal journal) : base(journal)
        {
            Command<string>(_ => Sender.Tell("closed"), word => word == "knock");
            Command<string>(word => word == "open", word => Persist(new WordAdded(word), _ => BecomeStacked(Opened)));
            Recover<WordAdded>(_ => BecomeStacked(Opened));
        }

        public override string PersistenceId => "door";

        private void Opened()
        {
            Command<string>(word => word == "knock", _ => Sender.Tell("open"));
            Command<string>(word => word == "close", _ => UnbecomeStacked());
        }
    }

    [Fact]
    public void An_actor_that_its_parent_resumes_after_a_handler_threw_stops_instead_of_serving_a_state_without_the_event()
    {
        var journal = OpenJournal();
        var child = Ledger.PropsFor(journal, "a", Witness, new Ledger.Options { ThrowInHandlerOf = "one" });
        var parent = Sys.ActorOf(Props.Create(() => new Resuming(child)));
        parent.Tell(new Ledger.Add("one"), TestActor);
        RunUntilIdle();
        EventFilter.Error(contains: "its state cannot be trusted").ExpectOne(() => parent.Tell(new Ledger.Get(), TestActor));
        ExpectMsg("child stopped");
    }

    private sealed class Resuming : ReceiveActor
    {
        private readonly IActorRef _child;
        private IActorRef _asker = ActorRefs.Nobody;

        public Resuming(Props child)
        {
            _child = Context.Watch(Context.ActorOf(child));
            Receive<Terminated>(_ => _asker.Tell("child stopped"));
            ReceiveAny(message =>
            {
                _asker = Sender;
                _child.Forward(message);
            });
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Resume);
    }
}
