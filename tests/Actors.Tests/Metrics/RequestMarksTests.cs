namespace CubeActors.Actors.Tests;

/// <summary>Which phases a request goes through, and how long each took.</summary>
public sealed class RequestMarksTests
{
    [Fact]
    public void An_append_with_followers_goes_through_all_but_raft() => Assert.Equal(
        "receive 10, queue 20, disk 30, followers 40, reply 5",
        Describe(new RequestMarks(Begun: 100, Received: 110, Started: 130, DiskTicks: 0, LocalEnded: 160, Decided: 200, Ended: 205), hasFollowers: true));

    [Fact]
    public void Followers_that_were_quicker_are_not_waited_for() => Assert.Equal(
        "queue 20, disk 30, followers 0, reply 5",
        Describe(new RequestMarks(Begun: 0, Received: 110, Started: 130, DiskTicks: 0, LocalEnded: 160, Decided: 0, Ended: 165), hasFollowers: true));

    [Fact]
    public void An_overwrite_is_in_raft_from_its_proposal_on() => Assert.Equal(
        "receive 1, queue 2, raft 50, reply 3",
        Describe(new RequestMarks(Begun: 100, Received: 101, Started: 103, DiskTicks: 0, LocalEnded: 0, Decided: 153, Ended: 156), isOverwrite: true));

    [Fact]
    public void Of_a_read_what_is_neither_queue_nor_disk_is_its_reply() => Assert.Equal(
        "queue 5, disk 30, reply 15", Describe(new RequestMarks(Begun: 0, Received: 100, Started: 105, DiskTicks: 30, LocalEnded: 0, Decided: 0, Ended: 150), isRead: true));

    [Fact]
    public void A_read_out_of_the_page_cache_has_neither_queue_nor_disk() => Assert.Equal(
        "reply 50", Describe(new RequestMarks(Begun: 0, Received: 100, Started: 0, DiskTicks: 0, LocalEnded: 0, Decided: 0, Ended: 150), isRead: true));

    [Fact]
    public void What_was_refused_before_it_began_was_received_and_answered() => Assert.Equal(
        "receive 10, reply 4", Describe(new RequestMarks(Begun: 100, Received: 110, Started: 0, DiskTicks: 0, LocalEnded: 0, Decided: 0, Ended: 114)));

    private static string Describe(RequestMarks marks, bool isRead = false, bool isOverwrite = false, bool hasFollowers = false) => string.Join(", ", Enum.GetValues<RequestPhase>()
        .Select(phase => (phase, Ticks: marks.Of(phase, isRead, isOverwrite, hasFollowers))).Where(phase => phase.Ticks is not null)
        .Select(phase => $"{RequestPhaseNames.Of(phase.phase)} {phase.Ticks}"));
}
