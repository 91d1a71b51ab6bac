namespace CubeActors.Node.Tests;

/// <summary>What is told of the settings that are in force.</summary>
public sealed class EffectiveSettingsTests
{
    private static IReadOnlyList<SettingInForce> Settings { get; } = NodeSettingsReader.Read(
        DataNodeFile.Parse(SampleConfig.FileName, SampleConfig.With(("serviceIDKey", "\"do not tell\""), ("myToken", "\"nor this\""), ("disks", "[\"/a:1\",\"/b:2\"]"))),
        HoconFile.ParseOverlay("over.conf", "cubeactors.data-path.slow-request = 2 s")).InForce;

    [Theory]
    [InlineData("listen", "17310", SampleConfig.FileName)]
    [InlineData("disks", "/a:1, /b:2", SampleConfig.FileName)]
    [InlineData("bindIp", "true", SampleConfig.FileName)]
    [InlineData("zoneName", "default", "default")]
    [InlineData("cubeactors.data-path.slow-request", "2 s", "over.conf")]
    [InlineData("cubeactors.data-path.drain", "1 s", "default")]
    [InlineData("cubeactors.http.token-file", "", "default")]
    [InlineData("serviceIDKey", EffectiveSettings.Secret, SampleConfig.FileName)]
    [InlineData("myToken", EffectiveSettings.Secret, SampleConfig.FileName + " (without effect)")]
    public void A_setting_is_told_with_its_value_and_its_file_and_a_secret_without_its_value(string key, string value, string source) =>
        Assert.Equal(new SettingInForce(key, value, source), Settings.Single(setting => setting.Key == key));

    [Fact]
    public void No_secret_is_in_any_value() => Assert.DoesNotContain(Settings, setting => setting.Value.Contains("do not tell") || setting.Value.Contains("nor this"));
}
