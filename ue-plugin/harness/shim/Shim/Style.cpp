// Bodies of the stand-in for styles.
#include "Shim/Style.h"

#include <filesystem>

namespace
{
	std::map<FName, const ISlateStyle*>& Known()
	{
		static std::map<FName, const ISlateStyle*> Styles;
		return Styles;
	}
}

FSlateImageBrush::FSlateImageBrush(const FString& InImageName, const FVector2D& InImageSize)
{
	ShimFile = InImageName;
	ShimSize = InImageSize.X;
}

const FSlateBrush* ISlateStyle::ShimBrush(const FName& In) const
{
	const auto Found = Brushes.find(In);
	return Found == Brushes.end() ? nullptr : Found->second.get();
}

void FSlateStyleRegistry::RegisterSlateStyle(const ISlateStyle& InSlateStyle)
{
	// Two of one name would hide each other.
	check(!Known().contains(InSlateStyle.GetStyleSetName()));
	Known()[InSlateStyle.GetStyleSetName()] = &InSlateStyle;
}

void FSlateStyleRegistry::UnRegisterSlateStyle(const ISlateStyle& InSlateStyle)
{
	Known().erase(InSlateStyle.GetStyleSetName());
}

const ISlateStyle* FSlateStyleRegistry::FindSlateStyle(const FName& InSlateStyleName)
{
	const auto Found = Known().find(InSlateStyleName);
	return Found == Known().end() ? nullptr : Found->second;
}

int32 FSlateStyleRegistry::ShimCount()
{
	return static_cast<int32>(Known().size());
}

bool FSlateIcon::ShimIsThere() const
{
	const ISlateStyle* Style = FSlateStyleRegistry::FindSlateStyle(Set);
	const auto There = [Style](const FName& In) {
		const FSlateBrush* Brush = Style ? Style->ShimBrush(In) : nullptr;
		return Brush && Brush->ShimSize > 0.0 && std::filesystem::is_regular_file(Shim::Utf8(Brush->ShimFile));
	};
	return There(Name) && There(Small);
}

FString IPlugin::GetBaseDir() const
{
	return FString(UTF8_TO_TCHAR(TEST_DATA)) + FString(TEXT("/../.."));
}

IPluginManager& IPluginManager::Get()
{
	static IPluginManager Only;
	return Only;
}

TSharedPtr<IPlugin> IPluginManager::FindEnabledPlugin(const TCHAR* Name)
{
	return ShimEnabled.Contains(FString(Name)) ? MakeShared<IPlugin>() : TSharedPtr<IPlugin>();
}

TSharedPtr<IPlugin> IPluginManager::FindPlugin(const TCHAR* Name)
{
	return bShimKnows && FString(Name) == FString(TEXT("Cyclorama")) ? MakeShared<IPlugin>() : TSharedPtr<IPlugin>();
}
