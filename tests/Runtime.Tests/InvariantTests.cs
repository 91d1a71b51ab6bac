namespace CubeActors.Runtime.Tests;

public sealed class InvariantTests
{
    [Fact]
    public void A_broken_invariant_names_the_condition_that_does_not_hold()
    {
        var watermark = 3;
        var broken = Assert.Throws<InvariantViolationException>(() => Invariant.Check(watermark > 4));
        Assert.Contains("watermark > 4", broken.Message);
    }

    [Fact]
    public void A_kept_invariant_is_silent() => Invariant.Check(true);

    [Theory]
    [InlineData(28, true, false)]
    [InlineData(122, true, false)]
    [InlineData(5, false, true)]
    [InlineData(30, false, true)]
    [InlineData(0, false, false)]
    [InlineData(2, false, false)]
    public void A_disk_fault_tells_a_full_disk_from_a_broken_one(int errno, bool isNoSpace, bool isMediaError)
    {
        var fault = new DiskFaultException("write 10 bytes at 5", "/disk/1025", errno);
        Assert.Equal((isNoSpace, isMediaError), (fault.IsNoSpace, fault.IsMediaError));
        Assert.Contains("write 10 bytes at 5: /disk/1025", fault.Message);
    }
}
