// The settings page of rendering and content: what a production fixes once.
#pragma once

#include "CoreMinimal.h"
#include "Engine/DeveloperSettings.h"
#include "UObject/SoftObjectPath.h"

#include "CycloramaRenderSettings.generated.h"

UCLASS(Config = Game, DefaultConfig, meta = (DisplayName = "Cyclorama Render"))
class CYCLORAMARENDER_API UCycloramaRenderSettings : public UDeveloperSettings
{
	GENERATED_BODY()

public:
	UCycloramaRenderSettings();

	FName GetCategoryName() const override { return FName(TEXT("Plugins")); }
	/// Paths of before they were picked with a button are read too.
	void PostInitProperties() override;

	/// As whoever opens the file, or starts the program, wants it.
	FString WholeKeyFile() const;
	FString WholeCommand() const;

	/** Where the project's content is kept for everybody: a folder, or s3://bucket/prefix. */
	UPROPERTY(Config, EditAnywhere, Category = "Content", meta = (DisplayName = "Content store"))
	FDirectoryPath Store;

	/** The file with the store's key, where its content is encrypted. The key itself stands in no setting. */
	UPROPERTY(Config, EditAnywhere, Category = "Content", meta = (DisplayName = "Key file", FilePathFilter = "*"))
	FFilePath KeyFile;

	/** What runs the workers: local (this machine), slurm, batch or deadline. */
	UPROPERTY(Config, EditAnywhere, Category = "Render", meta = (DisplayName = "Engine"))
	FString Engine = FString(TEXT("local"));

	/** What the farm is told, one option a line, such as --partition=gpu. Nothing for local. */
	UPROPERTY(Config, EditAnywhere, Category = "Render", meta = (DisplayName = "Engine options"))
	TArray<FString> EngineOptions;

	/** Where the job's frames are kept: a folder all machines see, or s3://bucket/prefix. Empty: beside the take. */
	UPROPERTY(Config, EditAnywhere, Category = "Render", meta = (DisplayName = "Ledger"))
	FDirectoryPath Ledger;

	/** The cyclorama command, which workers are: a name in the system's path, or a file. */
	UPROPERTY(Config, EditAnywhere, Category = "Render", meta = (DisplayName = "Cyclorama command", FilePathFilter = "*"))
	FFilePath Command;

	/** Whether Render (Remote) waits until a farm has drawn everything; else the job is the farm's once it is sent, and the editor is free. */
	UPROPERTY(Config, EditAnywhere, Category = "Render", meta = (DisplayName = "Wait for the farm"))
	bool bWaitForFarm = false;

	/** Whether a job's machines bring the project from the content store, as it was published last; else each must have it already. */
	UPROPERTY(Config, EditAnywhere, Category = "Render", meta = (DisplayName = "Send the project along"))
	bool bSendProject = false;

	/** Published packs that a job's machines bring too, one a line, such as ddc=s3://studio/warm@main for a warm cache. */
	UPROPERTY(Config, EditAnywhere, Category = "Render", meta = (DisplayName = "Packs"))
	TArray<FString> Packs;

	/** How many workers draw at the same time. On this machine each starts an Unreal of its own. */
	UPROPERTY(Config, EditAnywhere, Category = "Render", meta = (DisplayName = "Workers", ClampMin = "1", ClampMax = "256"))
	int32 Workers = 1;

	/** How many frames are drawn and thrown away ahead of each range, so that lighting and motion have settled, in frames. */
	UPROPERTY(Config, EditAnywhere, Category = "Render", meta = (DisplayName = "Walk-in", ClampMin = "0", ClampMax = "1000"))
	int32 WalkIn = 32;

	/** How many samples a pixel gets, where the preset leaves it open. */
	UPROPERTY(Config, EditAnywhere, Category = "Render", meta = (DisplayName = "Samples", ClampMin = "1", ClampMax = "4096"))
	int32 Samples = 8;

	/** What kind of file each frame is: exr (light as it is, and every pass) or png (8 or 16 bits a channel, sRGB, clipped at white, the picture alone). */
	UPROPERTY(Config, EditAnywhere, Category = "Render", meta = (DisplayName = "Frame format"))
	FString FrameFormat = FString(TEXT("exr"));

	/** What each frame's file holds beside the picture, at most 15, one a line: layers that the preset writes into its EXR files, by name, such as WorldDepth. */
	UPROPERTY(Config, EditAnywhere, Category = "Render", meta = (DisplayName = "Passes"))
	TArray<FString> Passes;
};
