using CubeActors.Actors;
using CubeActors.Protocol;

namespace CubeActors.Node.Tests;

/// <summary>What spans are made of requests and operations, and which requests are traced.</summary>
public sealed class SpanTests
{
    [Fact]
    public void All_replicas_of_a_request_find_the_same_trace_and_followers_are_children_of_the_leader()
    {
        var leader = RequestSpans.Of(TelemetrySamples.Append(isForwarded: false), "192.0.2.1:17310");
        var follower = RequestSpans.Of(TelemetrySamples.Append(isForwarded: true), "192.0.2.2:17310");
        var other = RequestSpans.Of(TelemetrySamples.Append(isForwarded: true), "192.0.2.3:17310");
        Assert.Single(leader.Concat(follower).Concat(other).Select(span => span.Trace).Distinct());
        Assert.Equal((default, leader[0].Id, leader[0].Id), (leader[0].Parent, follower[0].Parent, other[0].Parent));
        Assert.Equal(9, leader.Concat(follower).Concat(other).Select(span => span.Id).Distinct().Count());
    }

    [Fact]
    public void Phases_are_children_that_stand_one_behind_the_other_and_end_with_the_request()
    {
        var spans = RequestSpans.Of(TelemetrySamples.Append(isForwarded: false), "");
        Assert.Equal(["OpWrite", "queue", "disk"], spans.Select(span => span.Name));
        Assert.All(spans.Skip(1), span => Assert.Equal(spans[0].Id, span.Parent));
        Assert.Equal((TelemetrySamples.At.AddMilliseconds(-3), TelemetrySamples.At), (spans[0].Start, spans[0].End));
        Assert.Equal((spans[0].Start, spans[1].End, spans[0].End), (spans[1].Start, spans[2].Start, spans[2].End));
    }

    [Fact]
    public void A_refusal_is_an_error_with_its_result() =>
        Assert.Equal("TryOtherAddress", RequestSpans.Of(TelemetrySamples.Append(isForwarded: false, ResultCode.TryOtherAddress), "")[0].Error);

    [Fact]
    public void An_operation_is_a_trace_by_its_own_id_and_one_that_goes_on_with_it_is_in_the_same()
    {
        var first = TelemetrySamples.Repair;
        var second = first with { Id = Guid.Parse("0198c0de-0000-7000-8000-000000000002"), Resumes = first.Id, State = OperationState.Done };
        var (spans, later) = (OperationSpans.Of(first, default), OperationSpans.Of(second, default));
        Assert.Equal(new TraceId(0x0198c0de00007000, 0x8000000000000001), spans[0].Trace);
        Assert.Equal((spans[0].Trace, "the source is away", null), (later[0].Trace, spans[0].Error, later[0].Error));
        Assert.NotEqual(spans[0].Id, later[0].Id);
        Assert.Equal(("waiting", spans[0].Id, first.StartedAt!.Value), (spans[1].Name, spans[1].Parent, spans[1].End));
    }

    [Fact]
    public void About_one_in_n_requests_is_sampled_and_always_the_same_ones()
    {
        var sampled = Enumerable.Range(0, 100_000).Count(id => TraceIds.IsSampled(TraceIds.Of(TelemetrySamples.Key with { RequestId = id }), 100));
        Assert.InRange(sampled, 900, 1100);
        Assert.False(TraceIds.IsSampled(TraceIds.Of(TelemetrySamples.Key), 0));
    }

    [Fact]
    public void What_a_trace_is_made_of_never_changes_because_replicas_run_different_versions() =>
        Assert.Equal((new TraceId(Golden.High, Golden.Low), Golden.Root), (TraceIds.Of(TelemetrySamples.Key), TraceIds.SpanOf(TraceIds.Of(TelemetrySamples.Key), "client").Value));

    /// <summary>Of the first version that had traces.</summary>
    private static (ulong High, ulong Low, ulong Root) Golden => (3657537273785185136, 14329092768558543916, 17591910289279837325);

    [Fact]
    public void Slow_requests_are_traced_besides_a_few_a_second()
    {
        var time = new TestKit.Network.ManualTime();
        var tracer = new Tracer(TelemetrySamples.Settings with { SampleOneIn = 0 }, new SpanQueue(10, new SpanTally()), () => "", time);
        Assert.Equal([true, true, false, false], Enumerable.Range(0, 4).Select(_ => tracer.Wants(TelemetrySamples.Key, isSlow: true)));
        Assert.False(tracer.Wants(TelemetrySamples.Key, isSlow: false));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(tracer.Wants(TelemetrySamples.Key, isSlow: true));
    }

    [Fact]
    public void A_queue_that_is_full_drops_and_counts()
    {
        var tally = new SpanTally();
        var queue = new SpanQueue(4, tally);
        for (var i = 0; i < 2; i++) queue.Add(RequestSpans.Of(TelemetrySamples.Append(isForwarded: false), ""));
        Assert.Equal((4, ("queue_full", 2)), ((int)tally.Waiting, tally.Dropped[0]));
        Assert.Equal(3, queue.Take(3).Count);
        Assert.Single(queue.Take(3));
        Assert.Empty(queue.Take(3));
    }
}
