#include "CycloramaRange.h"

#include "CycloramaSamples.h"
#include "Graph/MovieGraphConfig.h"
#include "Graph/Nodes/MovieGraphFileOutputNode.h"
#include "Graph/Nodes/MovieGraphGlobalOutputSettingNode.h"
#include "Misc/EngineVersionComparison.h"
#include "Misc/Paths.h"
#include "MoviePipelineOutputSetting.h"
#include "MoviePipelinePrimaryConfig.h"
#include "MoviePipelineQueue.h"

namespace
{
	constexpr int32 Digits = 6;

	/// The preset is copied into the job: what lies on disk stays as the artist left it.
	FString PrepareQueue(UMoviePipelineExecutorJob& Job, UMoviePipelinePrimaryConfig& Preset, const FCycloramaTask& Task)
	{
		Job.SetConfiguration(&Preset);
		auto* Output = Cast<UMoviePipelineOutputSetting>(Job.GetConfiguration()->FindOrAddSettingByClass(UMoviePipelineOutputSetting::StaticClass()));
		if (!Output)
		{
			return FString(TEXT("the preset takes no output settings"));
		}
		Output->OutputDirectory.Path = Task.Folder;
		Output->FileNameFormat = Task.FileName;
		Output->OutputResolution = FIntPoint(Task.Width, Task.Height);
		Output->bUseCustomPlaybackRange = true;
		// The end is not drawn, here as there.
		Output->CustomStartFrame = Task.DrawnFrom;
		Output->CustomEndFrame = Task.End;
		Output->HandleFrameCount = 0;
		Output->FrameNumberOffset = 0;
		Output->OutputFrameStep = 1;
		Output->ZeroPadFrameNumbers = Digits;
		Output->bOverrideExistingOutput = true;
		Output->bAutoVersion = false;
		CycloramaSamples::Set(*Job.GetConfiguration(), Task.Samples);
		return FString();
	}

	void SetRange(UMovieGraphGlobalOutputSettingNode& Node, const FCycloramaTask& Task)
	{
#if UE_VERSION_OLDER_THAN(5, 6, 0)
		Node.bOverride_CustomPlaybackRangeStartFrame = true;
		Node.CustomPlaybackRangeStartFrame = Task.DrawnFrom;
		Node.bOverride_CustomPlaybackRangeEndFrame = true;
		Node.CustomPlaybackRangeEndFrame = Task.End;
#else
		Node.bOverride_CustomPlaybackRangeStart = true;
		Node.CustomPlaybackRangeStart.Type = EMovieGraphSequenceRangeType::Custom;
		Node.CustomPlaybackRangeStart.Value = Task.DrawnFrom;
		Node.bOverride_CustomPlaybackRangeEnd = true;
		Node.CustomPlaybackRangeEnd.Type = EMovieGraphSequenceRangeType::Custom;
		Node.CustomPlaybackRangeEnd.Value = Task.End;
#endif
	}

	FString PrepareGraph(UMoviePipelineExecutorJob& Job, UMovieGraphConfig& Preset, const FCycloramaTask& Task)
	{
		UMovieGraphConfig* Graph = DuplicateObject<UMovieGraphConfig>(&Preset, &Job);
		bool bRange = false;
		bool bFiles = false;
		for (const auto& Node : Graph->GetNodes())
		{
			if (auto* Global = Cast<UMovieGraphGlobalOutputSettingNode>(Node))
			{
				SetRange(*Global, Task);
				Global->bOverride_OutputResolution = true;
				Global->OutputResolution = FMovieGraphNamedResolution(FMovieGraphNamedResolution::CustomEntryName, FIntPoint(Task.Width, Task.Height), FString());
				Global->bOverride_OutputDirectory = true;
				Global->OutputDirectory.Path = Task.Folder;
				Global->bOverride_ZeroPadFrameNumbers = true;
				Global->ZeroPadFrameNumbers = Digits;
				Global->bOverride_HandleFrameCount = true;
				Global->HandleFrameCount = 0;
				Global->bOverride_FrameNumberOffset = true;
				Global->FrameNumberOffset = 0;
				Global->bOverride_bOverwriteExistingOutput = true;
				Global->bOverwriteExistingOutput = true;
				bRange = true;
			}
			else if (auto* Files = Cast<UMovieGraphFileOutputNode>(Node))
			{
				Files->bOverride_FileNameFormat = true;
				Files->FileNameFormat = Task.FileName;
				bFiles = true;
			}
		}
		if (!bRange || !bFiles)
		{
			return FString(TEXT("the graph needs a Global Output Settings node and an EXR output node"));
		}
		CycloramaSamples::Set(*Graph, Task.Samples);
		Job.SetGraphPreset(Graph);
		return FString();
	}
}

FSoftObjectPath CycloramaRange::AssetIn(const FString& Package)
{
	return FSoftObjectPath(Package + FString(TEXT(".")) + FPaths::GetBaseFilename(Package));
}

FString CycloramaRange::Prepare(UMoviePipelineExecutorJob& Job, const FCycloramaTask& Task)
{
	Job.Map = AssetIn(Task.Map);
	Job.SetSequence(AssetIn(Task.Sequence));
	UObject* Preset = AssetIn(Task.Preset).TryLoad();
	if (auto* Graph = Cast<UMovieGraphConfig>(Preset))
	{
		return PrepareGraph(Job, *Graph, Task);
	}
	if (auto* Config = Cast<UMoviePipelinePrimaryConfig>(Preset))
	{
		return PrepareQueue(Job, *Config, Task);
	}
	return FString(TEXT("there is no preset of Movie Render Queue and no Movie Render Graph at ")) + Task.Preset;
}
