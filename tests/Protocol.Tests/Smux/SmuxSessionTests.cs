using CubeActors.Runtime;

namespace CubeActors.Protocol.Tests;

public sealed class SmuxSessionTests
{
    private static readonly SmuxSettings Small = SmuxSettings.Default with { StreamsMax = 2, UnreadBytesMax = 100 };
    private TimeSpan _now = TimeSpan.FromHours(1);

    [Fact]
    public void A_delete_of_a_metanode_runs_through_one_stream()
    {
        var session = Server();
        Assert.Equal(SmuxAction.Open, Open(session, 3));
        Assert.Equal(SmuxAction.Deliver, Push(session, 3, 57));
        Assert.Equal(SmuxAction.Deliver, Push(session, 3, 38));
        Assert.Equal(95, session.UnreadBytes);
        session.Read(3, 95);
        Assert.Equal(0, session.UnreadBytes);
        Assert.Equal(SmuxAction.EndOfStream, End(session, 3));
        Assert.Equal(1, session.OpenStreams); // the reply may still be on its way
        Assert.True(session.Close(3));
        Assert.Equal(0, session.OpenStreams);
    }

    [Fact]
    public void Frames_of_streams_that_are_not_open_are_ignored()
    {
        var session = Server();
        Assert.Equal(SmuxAction.Ignore, Push(session, 3, 10));
        Assert.Equal(SmuxAction.Ignore, End(session, 3));
        Open(session, 3);
        session.Close(3);
        Assert.Equal(SmuxAction.Ignore, Push(session, 3, 10));
        Assert.Equal(SmuxAction.Ignore, Receive(session, SmuxCommand.KeepAlive, 0));
        Assert.Equal(0, session.UnreadBytes);
    }

    [Fact]
    public void A_stream_is_opened_and_ended_once()
    {
        var session = Server();
        Open(session, 3);
        Push(session, 3, 10);
        Assert.Equal(SmuxAction.Ignore, Open(session, 3));
        Assert.Equal(10, session.UnreadBytes); // what was open stays as it was
        Assert.Equal(SmuxAction.EndOfStream, End(session, 3));
        Assert.Equal(SmuxAction.Ignore, End(session, 3));
        Assert.Equal(SmuxAction.Ignore, Push(session, 3, 10));
        Assert.True(session.Close(3));
        Assert.False(session.Close(3));
    }

    [Fact]
    public void One_stream_too_many_is_refused_until_another_closes()
    {
        var session = Server();
        Open(session, 3);
        Open(session, 5);
        Assert.Equal(SmuxAction.Refuse, Open(session, 7));
        Assert.Equal(SmuxAction.Ignore, Push(session, 7, 10));
        session.Close(3);
        Assert.Equal(SmuxAction.Open, Open(session, 9));
    }

    [Fact]
    public void Reading_pauses_while_too_much_is_unread()
    {
        var session = Server();
        Open(session, 3);
        Open(session, 5);
        Push(session, 3, 60);
        Push(session, 5, 40);
        Assert.True(session.MayReceive);
        Push(session, 5, 1);
        Assert.False(session.MayReceive);
        session.Read(3, 1);
        Assert.True(session.MayReceive);
    }

    [Fact]
    public void Closing_a_stream_gives_its_unread_bytes_back()
    {
        var session = Server();
        Open(session, 3);
        Push(session, 3, 101);
        Assert.False(session.MayReceive);
        session.Close(3);
        Assert.True(session.MayReceive);
        session.Read(3, 101); // a reader that was late
        Assert.Equal(0, session.UnreadBytes);
    }

    [Fact]
    public void Reading_more_than_was_delivered_is_our_own_mistake()
    {
        var session = Server();
        Open(session, 3);
        Push(session, 3, 10);
        Assert.Throws<InvariantViolationException>(() => session.Read(3, 11));
        Assert.Throws<InvariantViolationException>(() => session.Read(3, -1));
    }

    [Fact]
    public void A_client_opens_odd_ids_from_three_and_accepts_none()
    {
        var session = new SmuxSession(isServer: false, Small, _now);
        Assert.True(session.TryOpen(out var first));
        Assert.True(session.TryOpen(out var second));
        Assert.Equal((3u, 5u), (first, second));
        Assert.False(session.TryOpen(out _));
        session.Close(3);
        Assert.Equal(SmuxAction.Refuse, Open(session, 4));
        Assert.True(session.TryOpen(out var third));
        Assert.Equal(7u, third);
        Assert.Equal(SmuxAction.Deliver, Push(session, 7, 57));
        Assert.False(Server().TryOpen(out _));
    }

    [Fact]
    public void Keep_alives_are_due_every_ten_seconds()
    {
        var session = Server();
        Assert.Equal(SmuxDue.Nothing, After(session, 9.9));
        Assert.Equal(SmuxDue.SendKeepAlive, After(session, 0.1));
        Assert.Equal(SmuxDue.Nothing, After(session, 0));
        Assert.Equal(SmuxDue.SendKeepAlive, After(session, 10));
    }

    [Fact]
    public void A_session_that_hears_nothing_for_thirty_seconds_is_closed()
    {
        var session = Server();
        Assert.NotEqual(SmuxDue.Close, After(session, 29.9));
        Assert.Equal(SmuxDue.Close, After(session, 0.1));
    }

    [Fact]
    public void Any_frame_ends_the_silence()
    {
        var session = Server();
        After(session, 29.9);
        Receive(session, SmuxCommand.KeepAlive, 0);
        Assert.NotEqual(SmuxDue.Close, After(session, 29.9));
        Assert.Equal(SmuxDue.Close, After(session, 0.1));
    }

    [Fact]
    public void Silence_while_reading_is_paused_is_not_the_peers()
    {
        var session = Server();
        Open(session, 3);
        Push(session, 3, 101);
        Assert.NotEqual(SmuxDue.Close, After(session, 60));
        session.Read(3, 101);
        Assert.NotEqual(SmuxDue.Close, After(session, 29.9));
        Assert.Equal(SmuxDue.Close, After(session, 0.1));
    }

    [Fact]
    public void Unread_bytes_are_the_sum_of_the_streams_whatever_happens()
    {
        const int Seed = 17310;
        var random = new Random(Seed);
        var session = new SmuxSession(isServer: true, SmuxSettings.Default with { StreamsMax = 4 }, _now);
        var unread = new Dictionary<uint, int>();
        var ended = new HashSet<uint>();
        for (var step = 0; step < 50_000; step++)
        {
            var id = (uint)random.Next(3, 9);
            switch (random.Next(5))
            {
                case 0 when Open(session, id) == SmuxAction.Open: unread.Add(id, 0); break;
                case 1 when End(session, id) == SmuxAction.EndOfStream: Assert.True(ended.Add(id)); break;
                case 2 when session.Close(id): unread.Remove(id); ended.Remove(id); break;
                case 3 when unread.TryGetValue(id, out var have):
                    var read = random.Next(have + 1);
                    session.Read(id, read);
                    unread[id] -= read;
                    break;
                case 4:
                    var bytes = random.Next(ushort.MaxValue);
                    var delivered = Push(session, id, (ushort)bytes) == SmuxAction.Deliver;
                    Assert.Equal(unread.ContainsKey(id) && !ended.Contains(id) && bytes > 0, delivered);
                    if (delivered) unread[id] += bytes;
                    break;
                default: break;
            }
            Assert.True(session.UnreadBytes == unread.Values.Sum() && session.OpenStreams == unread.Count && unread.Count <= 4, $"seed {Seed}, step {step}");
        }
    }

    private SmuxSession Server() => new(isServer: true, Small, _now);
    private SmuxAction Open(SmuxSession session, uint id) => Receive(session, SmuxCommand.Open, id);
    private SmuxAction End(SmuxSession session, uint id) => Receive(session, SmuxCommand.End, id);
    private SmuxAction Push(SmuxSession session, uint id, ushort bytes) => session.Receive(new SmuxFrame(SmuxCommand.Push, bytes, id), _now);
    private SmuxAction Receive(SmuxSession session, SmuxCommand command, uint id) => session.Receive(new SmuxFrame(command, 0, id), _now);

    private SmuxDue After(SmuxSession session, double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        return session.Due(_now);
    }
}
