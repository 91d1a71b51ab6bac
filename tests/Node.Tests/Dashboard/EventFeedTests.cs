using System.Text;
using CubeActors.TestKit.Network;
using Serilog.Core;

namespace CubeActors.Node.Tests;

/// <summary>One source for all who watch: asked once a period, not at all while nobody watches, and held up by nobody.</summary>
public sealed class EventFeedTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();
    private readonly NumberedSource _source = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly EventFeed _feed;

    public EventFeedTests() => _feed = new EventFeed(_source, _ => Period, _time, Logger.None, _stop.Token);

    [Fact]
    public async Task All_who_watch_share_one_look_a_period()
    {
        using var first = _feed.Begin();
        Assert.Equal("1", await ReadAsync(first));
        using var second = _feed.Begin();
        Assert.Equal("1", await ReadAsync(second)); // the newest, at once
        await _time.FireAsync(Period);
        Assert.Equal(("2", "2"), (await ReadAsync(first), await ReadAsync(second)));
        Assert.Equal(2, _source.Asked);
    }

    [Fact]
    public async Task Nothing_is_looked_at_while_nobody_watches_and_who_comes_later_gets_nothing_old()
    {
        var watch = _feed.Begin();
        Assert.Equal("1", await ReadAsync(watch));
        watch.Dispose();
        Assert.Equal(0, _feed.Watchers);
        await _time.FireAsync(Period); // the last pause; behind it nobody is there, which another thread finds
        Assert.True(SpinWait.SpinUntil(() => !_feed.IsRunning, TimeSpan.FromSeconds(60)));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, _source.Asked);
        using var later = _feed.Begin();
        Assert.Equal("2", await ReadAsync(later));
    }

    [Fact]
    public async Task Who_is_slow_misses_events_and_gets_the_newest()
    {
        using var slow = _feed.Begin();
        using var quick = _feed.Begin();
        Assert.Equal("1", await ReadAsync(quick));
        for (var round = 2; round <= 5; round++)
        {
            await _time.FireAsync(Period);
            Assert.Equal($"{round}", await ReadAsync(quick));
        }

        Assert.Equal("5", await ReadAsync(slow));
        Assert.False(slow.Frames.TryRead(out _)); // and no other one waits
    }

    [Fact]
    public async Task A_look_that_fails_ends_the_streams_and_the_next_page_begins_anew()
    {
        _source.Failure = new InvalidOperationException("nobody had foreseen it");
        using var watch = _feed.Begin();
        await watch.Frames.Completion.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, _feed.Watchers);
        _source.Failure = null;
        using var again = _feed.Begin();
        Assert.Equal("2", await ReadAsync(again));
    }

    [Fact]
    public async Task The_end_of_the_node_ends_all_watches()
    {
        using var watch = _feed.Begin();
        Assert.Equal("1", await ReadAsync(watch));
        await _stop.CancelAsync();
        await watch.Frames.Completion.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void Looks_that_always_take_long_are_made_less_often_and_one_that_was_held_up_changes_nothing()
    {
        var pace = new LookPace(Period);
        foreach (var took in new[] { 900, 100, 100, 100 }) Assert.Equal(Period, pace.After(TimeSpan.FromMilliseconds(took))); // it is not known yet what one costs
        Assert.Equal(TimeSpan.FromSeconds(4.9), pace.After(TimeSpan.FromMilliseconds(100)));
        Assert.Equal(Period, pace.After(TimeSpan.FromMilliseconds(1)));
        for (var i = 0; i < 4; i++) Assert.Equal(Period, pace.After(TimeSpan.FromSeconds(3))); // a busy machine
    }

    [Fact]
    public void A_frame_is_one_event_of_one_line()
    {
        Assert.Equal("event: node\ndata: {}\n\n", Encoding.UTF8.GetString(EventFrame.Of("node", "{}"u8).Span));
        Assert.Throws<ArgumentException>(() => EventFrame.Of("node", "{\n}"u8));
    }

    private static async Task<string> ReadAsync(EventFeed.Watch watch) =>
        Encoding.UTF8.GetString((await watch.Frames.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60))).Span);

    private sealed class NumberedSource : IEventSource
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public Exception? Failure { get; set; }

        public ReadOnlyMemory<byte>? Greeting() => null;

        public Task<ReadOnlyMemory<byte>> SampleAsync(CancellationToken cancel)
        {
            var number = Interlocked.Increment(ref _asked);
            return Failure is { } failure ? Task.FromException<ReadOnlyMemory<byte>>(failure) : Task.FromResult<ReadOnlyMemory<byte>>(Encoding.UTF8.GetBytes($"{number}"));
        }
    }
}
