namespace CubeActors.Actors.Tests;

public sealed class DiskChoiceTests
{
    private const ulong Gib = 1UL << 30;

    /// <summary>Goal: a disk is chosen in proportion to its room. Method: many draws of one seed, each share within a twentieth of the whole.</summary>
    [Fact]
    public void A_disk_is_chosen_in_proportion_to_its_room()
    {
        const int Draws = 20_000;
        DiskFigures[] disks = [Disk("/a", 100 * Gib), Disk("/b", 200 * Gib), Disk("/c", 700 * Gib)];
        var random = new Random(20300101);

        var chosen = Enumerable.Range(0, Draws).CountBy(_ => DiskChoice.Pick(disks, [], random)!.Path).ToDictionary();

        Assert.InRange(chosen["/a"] / (double)Draws, 0.08, 0.12);
        Assert.InRange(chosen["/b"] / (double)Draws, 0.17, 0.23);
        Assert.InRange(chosen["/c"] / (double)Draws, 0.66, 0.74);
    }

    [Fact]
    public void The_same_seed_chooses_the_same_disks()
    {
        DiskFigures[] disks = [Disk("/a", 5 * Gib), Disk("/b", 5 * Gib)];
        string[] Draw() { var random = new Random(7); return [.. Enumerable.Range(0, 50).Select(_ => DiskChoice.Pick(disks, [], random)!.Path)]; }

        Assert.Equal(Draw(), Draw());
    }

    [Fact]
    public void A_disk_that_is_excluded_full_unavailable_or_not_listed_yet_is_never_chosen()
    {
        DiskFigures[] disks =
        [
            Disk("/excluded", 900 * Gib), Disk("/full", 0), Disk("/broken", 900 * Gib) with { State = DiskState.Unavailable },
            Disk("/opening", 900 * Gib) with { State = DiskState.Opening }, Disk("/little", 1),
        ];
        var random = new Random(7);

        for (var i = 0; i < 200; i++) Assert.Equal("/little", DiskChoice.Pick(disks, ["/excluded"], random)!.Path);
        Assert.Null(DiskChoice.Pick(disks[..4], ["/excluded"], random));
        Assert.Null(DiskChoice.Pick([], [], random));
    }

    [Fact]
    public void Whatever_the_dice_show_there_is_a_choice()
    {
        foreach (var roll in new[] { 0, 1, 65535 })
            Assert.Equal("/a", DiskChoice.Pick([Disk("/a", Gib)], [], new FixedDice(roll))!.Path);
    }

    private static DiskFigures Disk(string path, ulong available) => new(path, DiskState.Ready, 1000 * Gib, 0, available, 0, 0, 0, "");

    private sealed class FixedDice(int roll) : Random
    {
        public override int Next(int maxValue) => Math.Min(roll, maxValue - 1);
    }
}
