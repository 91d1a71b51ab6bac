using CubeActors.Actors;
using CubeActors.Protocol;

namespace CubeActors.Node.Tests;

/// <summary>/cubeactors/operations and /cubeactors/alerts: what they show, by what they choose, and who may end an operation.</summary>
public sealed class OperationPathTests : OperatorPathTest
{
    private const string Id = "019b0000-0000-7000-8000-000000000001", First = "019a0000-0000-7000-8000-000000000009";
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 3, 5, TimeSpan.Zero); // a minute before the desk's now

    private static OperationEntry Entry { get; } = new(Guid.Parse(Id), OperationKind.Rebuild, new PartitionId(7), null, "10.0.0.2:17310", "a new replica is filled", At)
    {
        State = OperationState.Running,
        StartedAt = At,
        MovedAt = At.AddSeconds(30),
        Progress = new OperationProgress(2500, 10_000, "1/10000"),
        Resumes = Guid.Parse(First),
        Runs = 2,
        IsStalled = true,
        CanCancel = false,
    };

    private const string EntryJson =
        $$"""{"id":"{{Id}}","kind":"Rebuild","state":"Running","partition":7,"disk":null,"peer":"10.0.0.2:17310","detail":"a new replica is filled","acceptedAt":"2026-01-02T03:03:05+00:00","startedAt":"2026-01-02T03:03:05+00:00","endedAt":null,"movedAt":"2026-01-02T03:03:35+00:00","seconds":60,"progress":{"done":2500,"of":10000,"unit":"1/10000","percent":25},"result":"","resumes":"{{First}}","runs":2,"isStalled":true,"canCancel":false}""";

    [Fact]
    public async Task Operations_are_listed_as_the_ledger_has_them_with_whether_they_are_kept()
    {
        Ledger.Entries.Add(Entry);
        await AssertAsync("/cubeactors/operations", 200, "", $$"""{"kept":true,"problem":"","operations":[{{EntryJson}}]}""");
        Assert.Equal(new OperationFilter(), Ledger.Asked.Single());

        Ledger.Entries.Clear();
        Ledger.Figures = OperationFigures.None with { Problem = "its disk is full" };
        await AssertAsync("/cubeactors/operations", 200, "", """{"kept":false,"problem":"its disk is full","operations":[]}""");
    }

    [Fact]
    public async Task They_are_chosen_by_state_kind_partition_and_number()
    {
        await GetAsync("/cubeactors/operations?state=failed&kind=repairtask&partition=7&limit=5");
        await GetAsync("/cubeactors/operations?state=open");
        Assert.Equal([new OperationFilter(OperationState.Failed, OperationKind.RepairTask, new PartitionId(7), 5), new OperationFilter { IsOpen = true }], Ledger.Asked);
    }

    [Theory]
    [InlineData("state=gone", "state is open or one of Accepted, Running, Done, Failed, Cancelled, Interrupted")]
    [InlineData("state=2", "state is open or one of")]
    [InlineData("kind=Repair", "kind is one of RepairTask, OwnRepair")]
    [InlineData("partition=-1", "partition: strconv.ParseUint")]
    [InlineData("limit=0", "limit is a number from 1 to 10000")]
    [InlineData("limit=10001", "limit is a number from 1 to 10000")]
    public async Task A_choice_that_is_none_is_refused_with_what_there_is(string query, string expected)
    {
        var (code, body) = await GetAsync($"/cubeactors/operations?{query}");
        Assert.Equal(400, code);
        Assert.Contains(expected, body, StringComparison.Ordinal);
        Assert.Empty(Ledger.Asked);
    }

    [Fact]
    public async Task One_operation_is_found_by_its_id_and_by_the_one_it_resumed()
    {
        Ledger.Entries.Add(Entry);
        await AssertAsync($"/cubeactors/operations/{Id}", 200, "", EntryJson);
        await AssertAsync($"/cubeactors/operations/{First}", 200, "", EntryJson);
        Assert.Equal(404, (await GetAsync($"/cubeactors/operations/{Guid.Empty}")).Code);
        Assert.Equal(400, (await GetAsync("/cubeactors/operations/7")).Code);
        Assert.Equal(405, (await PostAsync("/cubeactors/operations")).Code);
    }

    [Fact]
    public async Task An_operation_is_ended_by_POST_where_it_can_be()
    {
        Ledger.Entries.Add(Entry);
        Assert.Equal(405, (await GetAsync($"/cubeactors/operations/{Id}/cancel")).Code);
        Assert.Equal(404, (await PostAsync($"/cubeactors/operations/{Guid.Empty}/cancel")).Code);
        Assert.Equal(400, (await PostAsync("/cubeactors/operations/seven/cancel")).Code);
        Assert.Equal((202, $$"""{"code":202,"msg":"","data":{{EntryJson}}}"""), await PostAsync($"/cubeactors/operations/{Id}/cancel"));
        Assert.Equal([Guid.Parse(Id)], Ledger.Cancelled);

        Ledger.Refusal = "operation has ended: Done";
        Assert.Equal((409, """{"code":409,"msg":"operation has ended: Done","data":null}"""), await PostAsync($"/cubeactors/operations/{Id}/cancel"));
    }

    [Fact]
    public async Task Alerts_are_shown_with_those_that_call_for_somebody_counted()
    {
        Ledger.Raised.Add(new OperationAlert(OperationAlertKind.ReplyMismatch, Guid.Parse(Id), new PartitionId(7), 1025, "10.0.0.2:17310", "op 09", "op 0a", At) { Repeats = 3 });
        Ledger.Raised.Add(new OperationAlert(OperationAlertKind.Stall, Guid.Empty, null, 0, null, "it moves", "nothing", At) { ClearedAt = At });
        await AssertAsync(
            "/cubeactors/alerts", 200, "",
            $$"""{"active":1,"alerts":[{"kind":"ReplyMismatch","isActive":true,"at":"2026-01-02T03:03:05+00:00","clearedAt":null,"repeats":3,"operation":"{{Id}}","partition":7,"extent":1025,"peer":"10.0.0.2:17310","expected":"op 09","got":"op 0a"},{"kind":"Stall","isActive":false,"at":"2026-01-02T03:03:05+00:00","clearedAt":"2026-01-02T03:03:05+00:00","repeats":0,"operation":null,"partition":null,"extent":null,"peer":null,"expected":"it moves","got":"nothing"}]}""");
    }

    [Fact]
    public async Task While_the_node_is_being_made_nothing_is_known()
    {
        Surface = null;
        Assert.Equal(503, (await GetAsync("/cubeactors/operations")).Code);
        Assert.Equal(503, (await GetAsync($"/cubeactors/operations/{Id}")).Code);
        Assert.Equal(503, (await GetAsync("/cubeactors/alerts")).Code);
        Assert.Equal(503, (await PostAsync($"/cubeactors/operations/{Id}/cancel")).Code);
    }
}

/// <summary>With a token, looking stays free.</summary>
public sealed class GuardedOperationPathTests : OperatorPathTest
{
    private protected override OrderGuard Guard { get; } = OrderGuard.With("correct horse battery", isOpen: true);

    [Fact]
    public async Task Only_who_knows_the_token_ends_an_operation()
    {
        var id = Guid.NewGuid();
        Ledger.Entries.Add(new OperationEntry(id, OperationKind.Drain, null, null, null, "", default));
        Assert.Equal(200, (await GetAsync("/cubeactors/operations")).Code);
        Assert.Equal(401, (await PostAsync($"/cubeactors/operations/{id}/cancel")).Code);
        Assert.Empty(Ledger.Cancelled);
    }
}
