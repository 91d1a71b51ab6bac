namespace CubeActors.Node.Tests;

/// <summary>Which socket is the one of this very process.</summary>
public sealed class RuntimePortTests
{
    [Theory]
    [InlineData("28421 (dotnet) S 1 2 3 0 -1 4194304 5 6 7 8 9 10 11 12 20 0 30 0 4864511 2751 99 18446744073709551615")]
    [InlineData("28421 (a (b) c) S 1 2 3 0 -1 4194304 5 6 7 8 9 10 11 12 20 0 30 0 4864511 2751 99 18446744073709551615")]
    public void A_process_is_told_from_earlier_ones_of_its_number_by_its_start(string stat) => Assert.Equal("4864511", RuntimePort.StartOf(stat));

    [Fact]
    public void The_socket_of_this_process_is_found() => Assert.StartsWith($"/tmp/dotnet-diagnostic-{Environment.ProcessId}-", RuntimePort.Find()!.Replace(Path.GetTempPath(), "/tmp/", StringComparison.Ordinal), StringComparison.Ordinal);
}
